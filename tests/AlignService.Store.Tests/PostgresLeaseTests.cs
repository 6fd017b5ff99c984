using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresLeaseTests(PostgresServer server) : LeaseTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
