using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresChangeTests(PostgresServer server) : ChangeTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
