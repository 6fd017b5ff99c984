using AlignService.Store.Tests.Databases;

namespace AlignService.Store.Tests;

public sealed class PostgresJobDeletionTests(PostgresServer server) : JobDeletionTests
{
    protected override Task<string> NewDatabaseAsync() => server.NewSchemaAsync(Token);
}
