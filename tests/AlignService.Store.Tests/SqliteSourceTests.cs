using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class SqliteSourceTests : SourceTests
{
    private readonly SqliteFile _file = new();

    protected override Task<string> NewDatabaseAsync() => Task.FromResult(_file.Connection);

    protected override Task RemoveDatabaseAsync()
    {
        _file.Delete();
        return Task.CompletedTask;
    }
}
