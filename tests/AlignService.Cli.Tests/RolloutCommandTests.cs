using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>The rollouts of real jobs: kept once per step whatever happens to the worker, listed, exported and scored again.</summary>
public sealed class RolloutCommandTests : IDisposable
{
    /// <summary>So many that a worker killed in its first steps cannot have finished meanwhile; killed between two checkpoints.</summary>
    private const int Steps = 60, KilledStep = 6, CheckpointEvery = 4;

    private const int PerStep = 8;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task A_killed_worker_is_replaced_and_each_step_has_its_rollouts_once_to_the_same_bytes(string store)
    {
        await using PostgresCluster? postgres = store == "postgresql" ? await PostgresCluster.StartAsync(TestContext.Current.CancellationToken) : null;
        await using RunningServer server = await RunningServer.StartAsync(workers: 1, postgres is null ? null : new Dictionary<string, string> { ["ALIGN_STORE"] = postgres.Connection });
        string file = _folder.Write("job.yaml", JobFiles.Running(JobFiles.Policy, Steps, CheckpointEvery));
        string undisturbed = await FinishAsync(server, await SubmitAsync(server, file));

        string name = await SubmitAsync(server, file);
        using WatchStream watch = WatchStream.Open(server, name);
        await watch.ReadToStepAsync(KilledStep);
        ProcessTree.KillWorkerOf(server);

        int exitCode = await watch.ReadToEndAsync();
        Assert.True(exitCode == 0, $"exit code {exitCode}; the server's log:\n{server.Log}");
        Assert.InRange((int)Assert.Single(watch.Events, happened => happened["resumed"] is not null)["resumed"]!["from_step"]!, CheckpointEvery, Steps);

        string replaced = await FinishAsync(server, name);
        SortedDictionary<string, byte[]> expected = Files(undisturbed), found = Files(replaced);
        Assert.Equal(Steps, expected.Count);
        Assert.Equal(expected.Keys, found.Keys);
        Assert.All(expected, step => Assert.True(step.Value.AsSpan().SequenceEqual(found[step.Key]), $"{step.Key} differs"));
        Assert.Equal(await ExportAsync(server, undisturbed), await ExportAsync(server, name));

        (await server.RunAsync("delete", name)).Exits(0);
        Assert.False(Directory.Exists(replaced));
        (await server.RunAsync("rollouts", name)).Exits(4);
    }

    [Fact]
    public async Task Rollouts_metrics_and_events_of_a_job_are_shown_searched_and_exported()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        string name = await SubmitAsync(server, _folder.Write("job.yaml", Sorting(steps: 5)));
        await FinishAsync(server, name);

        JsonArray all = (await server.RunAsync("rollouts", name, "--limit", "1000", "--json")).Exits(0).Json["rollouts"]!.AsArray();
        Assert.Equal(5 * PerStep, all.Count);
        Assert.Equal(2 * PerStep, (await server.RunAsync("rollouts", name, "--from", "2", "--to", "3", "-n", "1000", "--json")).Exits(0).Json["rollouts"]!.AsArray().Count);
        int low = all.Count(row => (double)row!["scores"]!["low"]! == 1);
        Assert.InRange(low, 1, all.Count - 1);
        Assert.Equal(low, (await server.RunAsync("rollouts", name, "--score", "low=1", "-n", "1000", "--json")).Exits(0).Json["rollouts"]!.AsArray().Count);
        Assert.Contains("sort ", (await server.RunAsync("rollouts", name, "--reward", "0..", "--limit", "3")).Exits(0).Output, StringComparison.Ordinal);
        ProgramResult shown = (await server.RunAsync("rollouts", name, "--show", "2/3")).Exits(0);
        Assert.Matches(@"place +step 2, number 3, group 0", shown.Output);
        (await server.RunAsync("rollouts", name, "--show", "2/99")).Exits(4);
        (await server.RunAsync("rollouts", name, "--reward", "much")).Exits(2);
        (await server.RunAsync("rollouts", name, "--export", Path.Combine(_folder.Path, "rows.txt"))).Exits(2);

        // The table is one that align itself reads, and so is Parquet.
        string table = Path.Combine(_folder.Path, "rows.parquet");
        Assert.Contains("40 rollouts", (await server.RunAsync("rollouts", name, "--export", table)).Exits(0).Error, StringComparison.Ordinal);
        JsonNode scored = (await AlignProgram.RunAsync("score", table, "--job", Path.Combine(_folder.Path, "job.yaml"), "--json")).Exits(0).Json;
        Assert.Equal(5 * PerStep, (int)scored["rows"]!);
        Assert.Equal(low / (double)all.Count, (double)scored["metrics"]!["eval/low/mean"]!, 1e-12);

        string csv = Path.Combine(_folder.Path, "metrics.csv");
        (await server.RunAsync("metrics", name, "--names", "reward/mean,eval/*", "--export", csv)).Exits(0);
        string[] lines = await File.ReadAllLinesAsync(csv, TestContext.Current.CancellationToken);
        Assert.Equal("metric,step,value,min,max,count", lines[0]);
        Assert.Equal(5, lines.Count(line => line.StartsWith("reward/mean,", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("eval/reward/mean,0,", StringComparison.Ordinal));
        Assert.Contains("time/keep_rollouts", (await server.RunAsync("metrics", name)).Exits(0).Output, StringComparison.Ordinal);
        JsonArray events = (await server.RunAsync("events", name, "--kind", "checkpoint", "--json")).Exits(0).Json["events"]!.AsArray();
        Assert.Equal(5, (int)events[^1]!["step"]!);
        Assert.All(events, happened => Assert.NotNull(happened!["checkpoint"]));
        Assert.Contains("reward", (await server.RunAsync("events", name, "--kind", "metrics")).Exits(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replay_with_the_jobs_own_rewards_changes_nothing_and_with_others_what_they_say()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        string file = _folder.Write("job.yaml", Sorting(steps: 4));
        string name = await SubmitAsync(server, file);
        await FinishAsync(server, name);

        JsonNode same = (await server.RunAsync("rollouts", "replay", name, "--rewards", file, "--output", Lines("same"), "--json")).Exits(0).Json;
        Assert.Equal((4 * PerStep, 4, 0.0, 0.0), ((int)same["rollouts"]!, (int)same["steps"]!, (double)same["turned_pairs"]!, (double)same["other_best"]!));
        Assert.Equal(1, (double)same["advantage_correlation"]!, 1e-12);
        Assert.All(Rows("same"), row =>
        {
            Assert.Equal((double)row["old_reward"]!, (double)row["reward"]!);
            Assert.Equal((double)row["old_advantage"]!, (double)row["advantage"]!);
            Assert.Equal((int)row["old_rank"]!, (int)row["rank"]!);
        });

        // The opposite of one of them: completions change their places.
        string other = _folder.Write("other.yaml", Sorting(steps: 4).Replace("[a-e]", "[^a-e]", StringComparison.Ordinal).Replace("weight: 0.5", "weight: 0", StringComparison.Ordinal));
        JsonNode turned = (await server.RunAsync("rollouts", "replay", name, "--rewards", other, "--from", "2", "--to", "3", "--output", Lines("other"), "--json")).Exits(0).Json;
        Assert.Equal(2 * PerStep, (int)turned["rollouts"]!);
        Assert.All(Rows("other"), row =>
        {
            Assert.Equal(1 - (double)row["old_scores"]!["low"]!, (double)row["scores"]!["low"]!);
            Assert.Equal((double)row["scores"]!["low"]!, (double)row["reward"]!);
        });
        foreach (IGrouping<(int, int), JsonNode> group in Rows("other").GroupBy(row => ((int)row["step"]!, (int)row["group"]!)))
        {
            double[] rewards = [.. group.Select(row => (double)row["reward"]!)];
            Assert.Equal(group.Select(row => 1 + rewards.Count(reward => reward > (double)row["reward"]!)), group.Select(row => (int)row["rank"]!));
            Assert.Equal(0, group.Sum(row => (double)row["advantage"]!), 1e-9);
        }

        Assert.InRange((double)(await server.RunAsync("rollouts", "replay", name, "--rewards", other, "--json")).Exits(0).Json["advantage_correlation"]!, -1, 0);
        Assert.Contains("mean reward", (await server.RunAsync("rollouts", "replay", name, "--rewards", other)).Exits(0).Output, StringComparison.Ordinal);
        (await server.RunAsync("rollouts", "replay", name, "--rewards", file, "--from", "99")).Exits(4);
    }

    [Theory]
    [InlineData("keep_steps: 2, groups_per_step: 1", 8, 2)]
    [InlineData("groups_per_step: 0", 0, 0)]
    public async Task Retention_keeps_what_it_says(string settings, int rolloutCount, int fileCount)
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        string name = await SubmitAsync(server, _folder.Write("job.yaml", JobFiles.Running(JobFiles.Policy, steps: 4, checkpointEvery: 4) + $"  rollouts: {{{settings}}}\n"));
        string folder = await FinishAsync(server, name);

        JsonArray rollouts = (await server.RunAsync("rollouts", name, "-n", "1000", "--json")).Exits(0).Json["rollouts"]!.AsArray();
        Assert.Equal(rolloutCount, rollouts.Count);
        Assert.Equal(fileCount, Directory.Exists(folder) ? Directory.GetFiles(folder).Length : 0);
        Assert.All(rollouts.GroupBy(row => ((int)row!["step"]!, (int)row["group"]!)), group => Assert.Equal(4, group.Count()));
    }

    /// <summary>Some answers begin with one of the first letters, others do not; a space comes before the letters.</summary>
    private static string Sorting(int steps) => JobFiles.Running(JobFiles.Policy, steps, steps).Replace("\"^[a-e]\"", "\"^ [a-e]\"", StringComparison.Ordinal);

    private static async Task<string> SubmitAsync(RunningServer server, string file) => (string)(await server.RunAsync("submit", file, "--json")).Exits(0).Json["name"]!;

    /// <summary>Waits for the end of a job; returns its folder of rollouts.</summary>
    private static async Task<string> FinishAsync(RunningServer server, string name)
    {
        (await server.RunAsync("watch", name, "--json")).Exits(0);
        JsonNode shown = (await server.RunAsync("show", name, "--json")).Exits(0).Json;
        string checkpoint = (string)shown["checkpoints"]![0]!["directory"]!;
        return Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(checkpoint))!, "rollouts");
    }

    /// <summary>By step; the rest of a name says which worker wrote the file.</summary>
    private static SortedDictionary<string, byte[]> Files(string folder) => new(Directory.GetFileSystemEntries(folder).ToDictionary(file => Path.GetFileName(file).Split('.')[0], File.ReadAllBytes));

    private async Task<string> ExportAsync(RunningServer server, string nameOrFolder)
    {
        string name = nameOrFolder.StartsWith("jobs/", StringComparison.Ordinal) ? nameOrFolder : $"jobs/{Path.GetFileName(Path.GetDirectoryName(nameOrFolder))}";
        string file = Path.Combine(_folder.Path, $"{Path.GetFileName(name)}.jsonl");
        (await server.RunAsync("rollouts", name, "--export", file)).Exits(0);
        return await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
    }

    private string Lines(string name) => Path.Combine(_folder.Path, $"{name}.jsonl");

    private JsonNode[] Rows(string name) => [.. File.ReadAllLines(Lines(name)).Select(line => JsonNode.Parse(line)!)];
}
