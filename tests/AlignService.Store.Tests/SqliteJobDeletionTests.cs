using AlignService.Store.Tables;
using AlignService.Store.Tests.Databases;
using Microsoft.Data.Sqlite;
using Xunit;

namespace AlignService.Store.Tests;

public sealed class SqliteJobDeletionTests : JobDeletionTests
{
    private readonly SqliteFile _file = new();

    /// <summary>A table that a later version adds is not forgotten.</summary>
    [Fact]
    public async Task Delete_KnowsEveryTableThatRefersToJobs()
    {
        await using SqliteConnection connection = new($"Data Source={_file.Connection["sqlite:".Length..]}");
        await connection.OpenAsync(Token);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT m.name, f.\"from\" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.\"table\" = 'jobs' ORDER BY 1, 2";
        List<(string, string)> referring = [];
        await using SqliteDataReader reader = await command.ExecuteReaderAsync(Token);
        while (await reader.ReadAsync(Token))
        {
            referring.Add((reader.GetString(0), reader.GetString(1)));
        }

        Assert.Equal(referring, DeletionTable.RowsOfJobs.Order());
    }

    protected override Task<string> NewDatabaseAsync() => Task.FromResult(_file.Connection);

    protected override Task RemoveDatabaseAsync()
    {
        _file.Delete();
        return Task.CompletedTask;
    }
}
