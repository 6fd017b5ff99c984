using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Resources;
using AlignService.Specs.Rewards;
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

    [Fact]
    public async Task Migrate_JobsWithInlineData_MovesTheRowsAside()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using JobStore store = StoreFactory.Open(_file.Connection, TimeProvider.System);
        await store.MigrateAsync(token);
        var id = new JobId("old-job");
        var spec = new JobSpec
        {
            Kind = new GrpoJob
            {
                Model = "m",
                Prompts = new PromptSourceConfig { Inline = [new Prompt(0, "2+2=", null, "4"), new Prompt(1, "3+3=", null, "6")] },
                Rewards = [new NumberMatchConfig { Name = "number" }],
                Config = new GrpoConfig(),
            },
        };
        await store.Catalog.CreateAsync(id, spec, null, token);
        await using (var connection = new SqliteConnection($"Data Source={_file.Connection["sqlite:".Length..]};Pooling=False"))
        {
            // As a version before the migration left it.
            await connection.OpenAsync(token);
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "UPDATE jobs SET spec = (SELECT spec FROM job_specs WHERE job_id = jobs.id); DROP TABLE job_specs; DELETE FROM schema_migrations WHERE number IN (4, 5)";
            await command.ExecuteNonQueryAsync(token);
        }

        await store.MigrateAsync(token);

        PromptSourceConfig brief = ((GrpoJob)(await store.Catalog.FindAsync(id, token))!.Spec.Kind).Prompts;
        Assert.Equal((0, 2), (brief.Inline.Count, brief.InlineCount));
        Assert.Equal(JobSpecWire.ToJson(spec), JobSpecWire.ToJson(await store.Catalog.ReadSpecAsync(id, token)));
    }

    [Fact]
    public async Task Migrate_EarlierJobs_KeepTheirModels()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using JobStore store = StoreFactory.Open(_file.Connection, TimeProvider.System);
        await store.MigrateAsync(token);
        var spec = new JobSpec { Kind = new GrpoJob { Model = "/data/models/policy", Prompts = new PromptSourceConfig(), Rewards = [new NumberMatchConfig { Name = "number" }], Config = new GrpoConfig() } };
        await store.Catalog.CreateAsync(new JobId("old-job"), spec, null, token);
        await using (var connection = new SqliteConnection($"Data Source={_file.Connection["sqlite:".Length..]};Pooling=False"))
        {
            await connection.OpenAsync(token);
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "DROP TABLE job_sources; DELETE FROM schema_migrations WHERE number IN (10, 11)";
            await command.ExecuteNonQueryAsync(token);
        }

        await store.MigrateAsync(token);

        await Assert.ThrowsAsync<ResourceInUseException>(() => store.Sources.RemoveUnusedAsync(ProjectId.Default, new StoredName(StoredName.Models, "policy"), "/data/models/policy", () => { }, token));
    }
}
