using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresUsedModelTests(PostgresServer server) : UsedModelTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
