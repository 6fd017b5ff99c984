using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresInterleavingTests(PostgresServer server) : InterleavingTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
