using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresEventTests(PostgresServer server) : EventTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
