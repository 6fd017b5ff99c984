using System.Text.Json.Nodes;
using AlignService.Testing;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Jobs that go on from what another left, or after their own end, for real and to the bit: one kind of job over each store.</summary>
public sealed class JobForkTests : IDisposable
{
    private const string KeepAll = "checkpoint.keep=20", KeepState = "checkpoint.keep_trainer_state=always";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Forks_and_extensions_end_as_the_undisturbed_job_does_over_sqlite()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        await new Scenario(server, _folder, "supervised", ChainFiles.Supervised(steps: 6, checkpointEvery: 2), "training").RunAsync();
    }

    [Fact]
    public async Task Forks_and_extensions_end_as_the_undisturbed_job_does_over_postgresql()
    {
        await using PostgresCluster postgres = await PostgresCluster.StartAsync(TestContext.Current.CancellationToken);
        await using RunningServer server = await RunningServer.StartAsync(workers: 1, new Dictionary<string, string> { ["ALIGN_STORE"] = postgres.Connection });
        await new Scenario(server, _folder, "grpo", JobFiles.Running(JobFiles.Policy, steps: 6, checkpointEvery: 2), "algorithm").RunAsync();
    }

    /// <summary>A schedule that falls to 0 at the last step is another one for more steps, from then on.</summary>
    [Fact]
    public async Task An_extended_job_follows_the_schedule_of_its_new_number_of_steps()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 1);
        var scenario = new Scenario(server, _folder, "supervised", ChainFiles.Supervised(steps: 6, checkpointEvery: 2), "training");
        string whole = await scenario.SubmitAsync("supervised.optimizer.schedule=linear", KeepState), extended = await scenario.SubmitAsync("supervised.optimizer.schedule=linear", "supervised.training.steps=4", KeepState);
        await scenario.WatchAsync(whole);
        await scenario.WatchAsync(extended);
        (await server.RunAsync("extend", extended, "--steps", "6")).Exits(0);

        double[] rates = [.. (await scenario.WatchAsync(extended)).Select(happened => (double?)happened["metrics"]?["values"]?["policy/learning_rate"]).OfType<double>()];
        double[] ofWhole = [.. (await scenario.WatchAsync(whole)).Select(happened => (double?)happened["metrics"]?["values"]?["policy/learning_rate"]).OfType<double>()];
        double[] expected = [.. Enumerable.Range(0, 4).Select(step => 1e-4 * (1 - step / 4.0)), 1e-4 * (1 - 4 / 6.0), 1e-4 * (1 - 5 / 6.0)];
        Assert.Equal(expected.Length, rates.Length);
        Assert.All(expected.Zip(rates), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        Assert.Equal(ofWhole[4..], rates[4..]);
        Assert.NotEqual(await scenario.ResultAsync(whole), await scenario.ResultAsync(extended));
    }

    /// <summary>One kind of job of 6 steps with a checkpoint every 2.</summary>
    private sealed class Scenario(RunningServer server, TemporaryFolder folder, string kind, string file, string block)
    {
        public async Task RunAsync()
        {
            string source = await SubmitAsync(KeepAll, KeepState), shorter = await SubmitAsync($"{kind}.{block}.steps=4", KeepAll, KeepState);
            IReadOnlyList<JsonNode> undisturbed = await WatchAsync(source);
            await WatchAsync(shorter);
            byte[] expected = await ResultAsync(source), state = await ResultAsync(source, "trainer/trainer_state.safetensors");

            // Forked, and the source deleted before any worker can have begun: one worker, which has the first fork first.
            string fork = await ForkAsync($"{source}/checkpoints/step-000002"), other = await ForkAsync($"{source}/checkpoints/step-000004", "--set", $"{kind}.optimizer.learning_rate=5e-4");
            string fresh = await ForkAsync($"{shorter}/checkpoints/step-000002", "--fresh", "--set", $"{kind}.{block}.steps=2");
            (await server.RunAsync("delete", source)).Exits(0);
            IReadOnlyList<JsonNode> forked = await WatchAsync(fork);

            Assert.Equal(expected, await ResultAsync(fork));
            Assert.Equal(state, await ResultAsync(fork, "trainer/trainer_state.safetensors"));
            Assert.Equal([3, 4, 5, 6], Steps(forked));
            Assert.Equal(Losses(undisturbed).Skip(2), Losses(forked));
            Assert.Equal([5, 6], Steps(await WatchAsync(other)));
            Assert.NotEqual(expected, await ResultAsync(other));
            Assert.Equal([1, 2], Steps(await WatchAsync(fresh)));

            // Extended, it is what it would have been.
            (await server.RunAsync("extend", shorter, "--steps", "6")).Exits(0);
            Assert.Equal([1, 2, 3, 4, 5, 6], Steps(await WatchAsync(shorter)));
            Assert.Equal(expected, await ResultAsync(shorter));
            Assert.Equal(state, await ResultAsync(shorter, "trainer/trainer_state.safetensors"));
        }

        public async Task<string> SubmitAsync(params string[] settings)
        {
            string path = folder.Write($"{Guid.NewGuid():N}.yaml", file);
            IEnumerable<string> sets = settings.SelectMany(setting => (string[])["--set", setting.StartsWith("checkpoint.", StringComparison.Ordinal) ? $"{kind}.{setting}" : setting]);
            return (string)(await server.RunAsync(["submit", path, "--json", .. sets])).Exits(0).Json["name"]!;
        }

        public async Task<IReadOnlyList<JsonNode>> WatchAsync(string name) => [.. (await server.RunAsync("watch", name, "--json")).Exits(0).JsonLines];

        /// <summary>A file of the last checkpoint.</summary>
        public async Task<byte[]> ResultAsync(string name, string path = "model.safetensors")
        {
            JsonNode job = (await server.RunAsync("show", name, "--json")).Exits(0).Json;
            return await File.ReadAllBytesAsync(Path.Combine((string)job["checkpoints"]!.AsArray()[^1]!["directory"]!, path), TestContext.Current.CancellationToken);
        }

        private async Task<string> ForkAsync(string checkpoint, params string[] options) => (string)(await server.RunAsync(["fork", checkpoint, "--json", .. options])).Exits(0).Json["name"]!;

        private static IEnumerable<int> Steps(IEnumerable<JsonNode> events) => Of(events, "policy/grad_norm").Select(happened => (int)happened["step"]!);

        private static IEnumerable<double> Losses(IEnumerable<JsonNode> events) => Of(events, "policy/grad_norm").Select(happened => (double)happened["metrics"]!["values"]!["policy/grad_norm"]!);

        private static IEnumerable<JsonNode> Of(IEnumerable<JsonNode> events, string metric) => events.Where(happened => happened["metrics"]?["values"]?[metric] is not null);
    }
}
