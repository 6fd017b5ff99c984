namespace AlignService.Store.Tests.Databases;

/// <summary>A SQLite file of one test.</summary>
internal sealed class SqliteFile
{
    private readonly string _folder = Directory.CreateTempSubdirectory("align-store-").FullName;

    public string Connection => $"sqlite:{_folder}/align.db";

    public void Delete() => Directory.Delete(_folder, recursive: true);
}
