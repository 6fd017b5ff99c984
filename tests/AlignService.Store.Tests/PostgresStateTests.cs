using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresStateTests(PostgresServer server) : StateTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
