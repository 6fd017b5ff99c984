using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Evaluation jobs in worker processes of a real server.</summary>
public sealed class EvaluationJobTests : IDisposable
{
    /// <summary>Many small steps, so that a worker is killed in the middle, and a job is paused before its end.</summary>
    private const int Steps = 50, KilledStep = 5, LongSteps = 80;

    private static readonly string[] Tables = ["metrics.json", "rows.jsonl", "rows.parquet"];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task A_killed_worker_is_replaced_and_the_tables_are_those_of_an_undisturbed_job(string store)
    {
        await using PostgresCluster? postgres = store == "postgresql" ? await PostgresCluster.StartAsync(TestContext.Current.CancellationToken) : null;
        await using RunningServer server = await RunningServer.StartAsync(workers: 1, postgres is null ? null : new Dictionary<string, string> { ["ALIGN_STORE"] = postgres.Connection });
        string file = _folder.Write("job.yaml", EvaluationFiles.Scored(Steps, batchSize: 1));
        JsonNode undisturbed = await FinishAsync(server, await SubmitAsync(server, file));

        string name = await SubmitAsync(server, file);
        using WatchStream watch = WatchStream.Open(server, name);
        await watch.ReadToStepAsync(KilledStep);
        ProcessTree.KillWorkerOf(server);

        int exitCode = await watch.ReadToEndAsync();

        Assert.True(exitCode == 0, $"exit code {exitCode}; the server's log:\n{server.Log}");
        Assert.Equal(Enumerable.Range(1, Steps), WatchStream.TrainedSteps(watch.Events));
        Assert.DoesNotContain(watch.Events, happened => happened["divergence"] is not null);
        Assert.InRange((int)Assert.Single(watch.Events, happened => happened["resumed"] is not null)["resumed"]!["from_step"]!, KilledStep - 1, Steps);
        JsonNode replaced = await FinishAsync(server, name);
        foreach (string table in Tables)
        {
            Assert.Equal(await ReadAsync(undisturbed, table), await ReadAsync(replaced, table));
        }

        JsonNode only = Assert.Single(replaced["checkpoints"]!.AsArray())!;
        Assert.False(Directory.Exists(Path.Combine((string)only["directory"]!, "trainer")), "the state of a finished evaluation is still there");
    }

    [Fact]
    public async Task A_paused_evaluation_goes_on_and_a_cancelled_one_ends()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        string file = _folder.Write("job.yaml", EvaluationFiles.Scored(LongSteps, batchSize: 1));
        JsonNode undisturbed = await FinishAsync(server, await SubmitAsync(server, file));
        string name = await SubmitAsync(server, file);
        using WatchStream watch = WatchStream.Open(server, name);
        await watch.ReadToStepAsync(2);

        JsonNode paused = (await server.RunAsync("pause", name, "--json")).Exits(0).Json;
        Assert.Equal("JOB_STATE_PAUSED", (string)paused["state"]!);
        Assert.InRange((int)paused["progress"]!["completed_steps"]!, 2, LongSteps - 1);
        (await server.RunAsync("resume", name)).Exits(0);
        Assert.Equal(0, await watch.ReadToEndAsync());
        Assert.Equal(await ReadAsync(undisturbed, "rows.jsonl"), await ReadAsync(await FinishAsync(server, name), "rows.jsonl"));

        string cancelled = await SubmitAsync(server, _folder.Write("long.yaml", EvaluationFiles.Scored(2000, 1)));
        using WatchStream ending = WatchStream.Open(server, cancelled);
        await ending.ReadToStepAsync(1);
        (await server.RunAsync("cancel", cancelled)).Exits(0);
        Assert.Equal(5, await ending.ReadToEndAsync());
    }

    [Fact]
    public async Task Before_and_after_are_watched_shown_listed_and_compared_with_the_error_of_their_difference()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        string trained = await SubmitAsync(server, _folder.Write("train.yaml", JobFiles.Running(JobFiles.Policy, steps: 4, checkpointEvery: 4)));
        await FinishAsync(server, trained);
        ProgramResult told = (await server.RunAsync("submit", _folder.Write("before.yaml", EvaluationFiles.Scored(12, 4)), "--watch")).Exits(0);
        Assert.Contains("held-out, step 3: reward ", told.Output, StringComparison.Ordinal);
        Assert.Contains("pass_at_2", told.Output, StringComparison.Ordinal);
        string before = (string)(await server.RunAsync("list", "--json")).Exits(0).Json["jobs"]![0]!["name"]!;
        string after = await SubmitAsync(server, _folder.Write("after.yaml", EvaluationFiles.Scored(12, 4, $"{trained}/checkpoints/last")));
        JsonNode shown = await FinishAsync(server, after);
        Assert.Equal((3, 3), ((int)shown["progress"]!["completed_steps"]!, (int)shown["progress"]!["total_steps"]!));

        JsonNode compared = (await server.RunAsync("compare", before, after, "--json")).Exits(0).Json;

        Assert.Empty(compared["caveats"]!.AsArray());
        Assert.Equal("model", (string)Assert.Single(compared["settings"]!.AsArray())!["field"]!);
        foreach ((string measure, JsonNode? both) in compared["differences"]!.AsObject())
        {
            (double Mean, double Error) first = Measured(compared, 0, measure), second = Measured(compared, 1, measure);
            Assert.Null(both![0]);
            Assert.Equal(second.Mean - first.Mean, (double)both[1]!["difference"]!, 1e-12);
            Assert.Equal(Math.Sqrt((first.Error * first.Error) + (second.Error * second.Error)), (double)both[1]!["standard_error"]!, 1e-12);
        }

        Assert.Superset(new HashSet<string> { "reward", "right", "brief", "avg_at_4", "pass_at_1", "pass_at_2", "pass_at_4" }, compared["differences"]!.AsObject().Select(pair => pair.Key).ToHashSet());
        string page = (await server.RunAsync("compare", before, after)).Exits(0).Output;
        Assert.Contains("reward, difference", page, StringComparison.Ordinal);
        Assert.DoesNotContain("KL (nats/token)", page, StringComparison.Ordinal);

        // What an evaluation leaves is a table, not a model.
        ProgramResult refused = (await server.RunAsync("validate", _folder.Write("chain.yaml", EvaluationFiles.Scored(2, 2, $"{before}/checkpoints/last")))).Exits(2);
        Assert.Contains("its checkpoints hold answers, not a model", refused.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static (double Mean, double Error) Measured(JsonNode compared, int job, string measure)
    {
        JsonNode change = compared["jobs"]![job]!["held_out"]![measure]!;
        return ((double)change["after"]!, (double)change["standard_error"]!);
    }

    private static async Task<string> SubmitAsync(RunningServer server, string file) => (string)(await server.RunAsync("submit", file, "--json")).Exits(0).Json["name"]!;

    /// <summary>The job as it is shown when it has succeeded.</summary>
    private static async Task<JsonNode> FinishAsync(RunningServer server, string name)
    {
        (await server.RunAsync("watch", name, "--json")).Exits(0);
        return (await server.RunAsync("show", name, "--json")).Exits(0).Json;
    }

    private static Task<byte[]> ReadAsync(JsonNode job, string table) =>
        File.ReadAllBytesAsync(Path.Combine((string)job["checkpoints"]!.AsArray()[^1]!["directory"]!, table), TestContext.Current.CancellationToken);
}
