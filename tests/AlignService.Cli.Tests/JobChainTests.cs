using System.Text.Json.Nodes;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Pipelines of jobs that each start from what the one before left: supervised, preference and reward-model training, then policy optimisation.</summary>
public sealed class JobChainTests : IAsyncLifetime
{
    /// <summary>So many that a worker killed in its first steps cannot have finished meanwhile.</summary>
    private const int LongSteps = 200;

    /// <summary>Enough that a pause comes before the end.</summary>
    private const int Steps = 40;

    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(workers: 1);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_policy_is_taught_then_judged_then_optimised()
    {
        string supervised = await SubmitAsync(ChainFiles.Supervised(steps: 6, checkpointEvery: 3));
        string preference = await SubmitAsync(ChainFiles.OnPairs("preference", $"{supervised}/checkpoints/best", supervised));
        string rewardModel = await SubmitAsync(ChainFiles.OnPairs("reward_model", $"{supervised}/checkpoints/last", supervised));
        string grpo = await SubmitAsync(ChainFiles.Grpo($"{preference}/checkpoints/last", $"{rewardModel}/checkpoints/best", preference, rewardModel));

        IReadOnlyList<JsonNode> taught = await WatchAsync(supervised), paired = await WatchAsync(preference), judged = await WatchAsync(rewardModel), optimised = await WatchAsync(grpo);

        Assert.Equal(Enumerable.Range(1, 6), StepsWith(taught, "policy/loss"));
        Assert.Equal([0, 3, 6], StepsWith(taught, "eval/loss/mean"));
        Assert.Equal([1, 2, 3, 4], StepsWith(paired, "preference/margin"));
        Assert.Equal([0, 2, 4], StepsWith(paired, "eval/accuracy/mean"));
        Assert.Equal([1, 2, 3, 4], StepsWith(judged, "reward_model/accuracy"));
        Assert.Equal([1, 2], StepsWith(optimised, "reward/model/mean"));
        JsonNode shown = await ShowAsync(supervised);
        JsonNode best = Assert.Single(shown["checkpoints"]!.AsArray(), checkpoint => (bool?)checkpoint!["best"] == true)!;
        Assert.True((double)best["score"]! < 0, "minus a loss");
        Assert.Equal(
            "LlamaForSequenceClassification",
            (string)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(await CheckpointAsync(rewardModel), "config.json"), TestContext.Current.CancellationToken))!["architectures"]![0]!);
    }

    [Fact]
    public async Task A_killed_worker_of_a_supervised_job_is_replaced_and_the_weights_are_the_same()
    {
        string undisturbed = await SubmitAsync(ChainFiles.Supervised(LongSteps, checkpointEvery: 20));
        await WatchAsync(undisturbed);
        string name = await SubmitAsync(ChainFiles.Supervised(LongSteps, checkpointEvery: 20));
        using var watch = WatchStream.Open(_server, name);
        await watch.ReadToStepAsync(7);
        ProcessTree.KillWorkerOf(_server);

        Assert.Equal(0, await watch.ReadToEndAsync());

        Assert.Equal(Enumerable.Range(1, LongSteps), StepsWith(watch.Events, "policy/loss"));
        Assert.DoesNotContain(watch.Events, happened => happened["divergence"] is not null);
        Assert.Single(watch.Events, happened => happened["resumed"] is not null);
        Assert.Equal(await WeightsAsync(undisturbed), await WeightsAsync(name));
    }

    /// <summary>The policy starts from it, and the frozen reference is it: a resume that took the better one would compare with another model.</summary>
    [Fact]
    public async Task A_job_goes_on_with_the_checkpoint_that_it_began_with_although_a_better_one_came()
    {
        string source = await SubmitAsync(ChainFiles.Supervised(LongSteps, checkpointEvery: 3));
        using var taught = WatchStream.Open(_server, source);
        await taught.ReadToStepAsync(3);
        (await _server.RunAsync("pause", source)).Exits(0);
        string first = (string)Assert.Single((await ShowAsync(source))["checkpoints"]!.AsArray(), checkpoint => (bool?)checkpoint!["best"] == true)!["name"]!;

        string undisturbed = await SubmitAsync(JobFiles.Running(first, Steps, checkpointEvery: 2));
        Assert.Equal(Enumerable.Range(1, Steps), WatchStream.TrainedSteps(await WatchAsync(undisturbed)));
        string name = await SubmitAsync(JobFiles.Running($"{source}/checkpoints/best", Steps, checkpointEvery: 2));
        using var watch = WatchStream.Open(_server, name);
        await watch.ReadToStepAsync(3);
        (await _server.RunAsync("pause", name)).Exits(0);

        (await _server.RunAsync("resume", source, "--watch")).Exits(0);
        Assert.NotEqual(first, (string)Assert.Single((await ShowAsync(source))["checkpoints"]!.AsArray(), checkpoint => (bool?)checkpoint!["best"] == true)!["name"]!);
        (await _server.RunAsync("resume", name)).Exits(0);
        Assert.Equal(0, await watch.ReadToEndAsync());

        Assert.Single(watch.Events, happened => happened["resumed"] is not null);
        Assert.Equal(Enumerable.Range(1, Steps), WatchStream.TrainedSteps(watch.Events));
        Assert.Equal(await WeightsAsync(undisturbed), await WeightsAsync(name));
    }

    private async Task<string> SubmitAsync(string text) => (string)(await _server.RunAsync("submit", _folder.Write($"{Guid.NewGuid():N}.yaml", text), "--json")).Exits(0).Json["name"]!;

    private async Task<IReadOnlyList<JsonNode>> WatchAsync(string name) => [.. (await _server.RunAsync("watch", name, "--json")).Exits(0).JsonLines];

    private async Task<JsonNode> ShowAsync(string name) => (await _server.RunAsync("show", name, "--json")).Exits(0).Json;

    private async Task<string> CheckpointAsync(string name) => (string)(await ShowAsync(name))["checkpoints"]!.AsArray()[^1]!["directory"]!;

    private async Task<byte[]> WeightsAsync(string name) => await File.ReadAllBytesAsync(Path.Combine(await CheckpointAsync(name), "model.safetensors"), TestContext.Current.CancellationToken);

    private static IEnumerable<int> StepsWith(IEnumerable<JsonNode> events, string metric) =>
        events.Where(happened => happened["metrics"]?["values"]?[metric] is not null).Select(happened => (int?)happened["step"] ?? 0);
}
