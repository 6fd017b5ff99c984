using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresJobListTests(PostgresServer server) : JobListTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
