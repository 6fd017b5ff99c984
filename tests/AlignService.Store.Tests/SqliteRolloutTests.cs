using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class SqliteRolloutTests : RolloutTests
{
    private readonly SqliteFile _file = new();

    protected override Task<string> NewDatabaseAsync() => Task.FromResult(_file.Connection);

    protected override Task RemoveDatabaseAsync()
    {
        _file.Delete();
        return base.RemoveDatabaseAsync();
    }
}
