using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresRolloutTests(PostgresServer server) : RolloutTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
