using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresSourceTests(PostgresServer server) : SourceTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
