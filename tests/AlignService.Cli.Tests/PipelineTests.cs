using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Several jobs from one file, and one file as several jobs, for real and over both stores.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_pipeline_and_a_sweep_run_over_sqlite()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        await RunAsync(server);
    }

    [Fact]
    public async Task A_pipeline_and_a_sweep_run_over_postgresql()
    {
        await using PostgresCluster postgres = await PostgresCluster.StartAsync(TestContext.Current.CancellationToken);
        await using RunningServer server = await RunningServer.StartAsync(workers: 1, new Dictionary<string, string> { ["ALIGN_STORE"] = postgres.Connection });
        await RunAsync(server);
    }

    [Fact]
    public async Task Faults_of_a_pipeline_are_named_with_job_and_line()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 0);
        string file = _folder.Write("faults.yaml", "jobs:\n  teach:\n    supervised:\n      modle: x\n  judge: [a]\nseed: 1\n");
        ProgramResult local = (await server.RunAsync("submit", file)).Exits(2);
        Assert.Contains($"{file}:4: jobs.teach.supervised.modle", local.Error, StringComparison.Ordinal);
        Assert.Contains($"{file}:5: jobs.judge: A job file must be a mapping", local.Error, StringComparison.Ordinal);
        Assert.Contains($"{file}:6: seed: ", local.Error, StringComparison.Ordinal);

        string pipeline = _folder.Write("pipeline.yaml", Pipeline());
        ProgramResult remote = (await server.RunAsync("submit", pipeline, "--set", "jobs.judge.reward_model.model=jobs/nobody-there/checkpoints/last")).Exits(2);
        Assert.Contains("jobs.judge.reward_model.model: jobs/nobody-there does not exist", remote.Error, StringComparison.Ordinal);
        Assert.Contains("3 jobs", (await server.RunAsync("validate", pipeline)).Exits(0).Error, StringComparison.Ordinal);
        Assert.Empty((await server.RunAsync("list", "--json")).Exits(0).Json["jobs"]?.AsArray() ?? []);
    }

    [Theory]
    [InlineData("grpo.algorithm.steps", "is not FIELD=VALUE")]
    [InlineData("grpo.rewards[7].weight=1", "grpo.rewards is a list of 1")]
    [InlineData("grpo.model.name=x", "which has no fields")]
    [InlineData("grpo.modle=x", "did you mean model?")]
    [InlineData("seed=-1", "seed must be a whole number")]
    public async Task A_setting_that_cannot_be_made_is_refused(string setting, string message)
    {
        string file = _folder.Write("job.yaml", JobFiles.Accepted());
        Assert.Contains(message, (await AlignProgram.RunAsync("validate", file, "--set", setting)).Exits(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_the_command_line_replace_and_add_fields()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 0);
        string file = _folder.Write("job.yaml", JobFiles.Accepted());
        JsonNode spec = (await server.RunAsync(
            "validate", file, "--json", "--set", "seed=5", "--set", "grpo.algorithm.steps=9", "--set", "labels={team: a, try: two}", "--set", "grpo.rewards[0].weight=0.5",
            "--set", "grpo.rewards[1]={name: brief, length: {}}", "--set", "display_name=")).Exits(0).Json;
        Assert.Equal("5", (string)spec["seed"]!);
        Assert.Equal(9, (int)spec["grpo"]!["algorithm"]!["steps"]!);
        Assert.Equal("two", (string)spec["labels"]!["try"]!);
        Assert.Equal([0.5, 1], spec["grpo"]!["rewards"]!.AsArray().Select(reward => (double)reward!["weight"]!));
        Assert.Equal("", (string?)spec["display_name"] ?? "");
    }

    private async Task RunAsync(RunningServer server)
    {
        string pipeline = _folder.Write("pipeline.yaml", Pipeline());
        JsonArray ended = (await server.RunAsync("submit", pipeline, "--watch", "--json", "--request-id", "once")).Exits(0).Json["jobs"]!.AsArray();
        Assert.Equal(["optimise", "judge", "teach"], ended.Select(job => (string)job!["spec"]!["display_name"]!));
        Assert.All(ended, job => Assert.Equal("JOB_STATE_SUCCEEDED", (string)job!["state"]!));
        Assert.Equal($"{(string)ended[2]!["name"]!}/checkpoints/best", (string)ended[1]!["spec"]!["reward_model"]!["model"]!);
        Assert.Equal(ended.Select(job => (string)job!["name"]!), (await server.RunAsync("submit", pipeline, "--json", "--request-id", "once")).Exits(0).Json["jobs"]!.AsArray().Select(job => (string)job!["name"]!));

        string job = _folder.Write("job.yaml", JobFiles.Running(JobFiles.Policy, steps: 2, checkpointEvery: 2)), page = Path.Combine(_folder.Path, "sweep.html");
        ProgramResult sweep = (await server.RunAsync("sweep", job, "--grid", "grpo.optimizer.learning_rate=[1e-4,2e-4]", "--grid", "seed=[1,2]", "--name", "rates", "--watch", "--output", page, "--json")).Exits(0);
        Assert.Equal(4, sweep.Json["jobs"]!.AsArray().Count);
        Assert.Contains(sweep.Json["settings"]!.AsArray(), setting => ((string)setting!["field"]!).EndsWith("learning_rate", StringComparison.Ordinal));
        Assert.True(new FileInfo(page).Length > 0);
        JsonArray ranked = (await server.RunAsync("list", "--label", "sweep=rates", "--sort", "score", "--json")).Exits(0).Json["jobs"]!.AsArray();
        Assert.Equal(4, ranked.Count);
        double[] scores = [.. ranked.Select(item => (double)item!["best_score"]!)];
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.Contains("sorting learning_rate=1e-4 seed=2", ranked.Select(item => (string)item!["spec"]!["display_name"]!));
        Assert.Equal(3, (await server.RunAsync("list", "--kind", "supervised", "--kind", "reward_model", "--kind", "grpo", "--name", "e", "--json")).Exits(0).Json["jobs"]!.AsArray().Count(item => (string?)item!["spec"]!["labels"]?["sweep"] is null));
    }

    /// <summary>The jobs that <see cref="ChainFiles"/> has one by one, the last first.</summary>
    private static string Pipeline() => $"""
        jobs:
          optimise:
        {Indented(ChainFiles.Grpo("jobs/teach/checkpoints/last", "jobs/judge/checkpoints/best", "teach", "jobs/judge"))}
          judge:
        {Indented(ChainFiles.OnPairs("reward_model", "jobs/teach/checkpoints/best", "teach"))}
          teach:
        {Indented(ChainFiles.Supervised(steps: 4, checkpointEvery: 2))}
        """;

    /// <summary>Without its display name: the job's name in the file becomes that.</summary>
    private static string Indented(string file) =>
        string.Join('\n', file.Split('\n').Where(line => !line.StartsWith("display_name", StringComparison.Ordinal)).Select(line => line.Length > 0 ? $"    {line}" : line));
}
