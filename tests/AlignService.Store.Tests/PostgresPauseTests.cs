using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresPauseTests(PostgresServer server) : PauseTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
