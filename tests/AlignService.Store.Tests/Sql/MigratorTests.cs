using AlignService.Jobs.Ports;
using AlignService.Store.Tests.Databases;
using Microsoft.Data.Sqlite;
using Xunit;

namespace AlignService.Store.Tests.Sql;

public sealed class MigratorTests : IDisposable
{
    private readonly SqliteFile _file = new();

    public void Dispose() => _file.Delete();

    [Fact]
    public async Task Migrate_DatabaseOfANewerProgram_IsRefused()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using JobStore store = StoreFactory.Open(_file.Connection, TimeProvider.System);
        await store.MigrateAsync(token);
        await using (var connection = new SqliteConnection($"Data Source={_file.Connection["sqlite:".Length..]};Pooling=False"))
        {
            await connection.OpenAsync(token);
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "INSERT INTO schema_migrations (number, name, applied_time) VALUES (9999, 'future', 0)";
            await command.ExecuteNonQueryAsync(token);
            command.CommandText = "PRAGMA journal_mode";
            Assert.Equal("wal", await command.ExecuteScalarAsync(token));
        }

        StoreException error = await Assert.ThrowsAsync<StoreException>(() => store.MigrateAsync(token));
        Assert.Contains("9999", error.Message, StringComparison.Ordinal);
    }
}
