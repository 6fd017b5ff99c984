using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresJobRecordTests(PostgresServer server) : JobRecordTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
