using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresJobRetryTests(PostgresServer server) : JobRetryTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
