using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresJobForkTests(PostgresServer server) : JobForkTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
