using System.Text.Json.Nodes;
using AlignService.Contracts.Reward.V1;
using AlignService.Scorers;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Jobs against a scorer in another process, with workers that are killed, paused and cancelled while they wait for it.</summary>
public sealed class RemoteRewardJobTests : IAsyncLifetime
{
    private const int Steps = 6;

    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(workers: 1);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Killed between two answers of one step: the next worker asks for what is missing and nothing else, and ends with the same weights.</summary>
    [Theory]
    [InlineData("remote", 7)]
    [InlineData("http", 10)]
    public async Task A_worker_killed_in_the_middle_of_scoring_costs_no_answer(string kind, int killedAt)
    {
        await using ScorerServer calm = await ScorerServer.StartAsync(new ScorerBehavior(), Cancel), server = await ScorerServer.StartAsync(new ScorerBehavior(), Cancel);
        string undisturbed = await SubmitAsync(kind, calm);
        Assert.Equal(0, await EndAsync(undisturbed));
        TaskCompletionSource asked = HangAt(server, killedAt);
        string name = await SubmitAsync(kind, server);
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(2), Cancel);
        int answered = server.Answered.Count;

        ProcessTree.KillWorkerOf(_server);

        server.Behavior = new ScorerBehavior();
        Assert.Equal(0, await EndAsync(name));

        Assert.True(answered > 0);
        Assert.All(server.Answered, pair => Assert.Equal(1, pair.Value));
        Assert.Equal(calm.Answered.Count, server.Answered.Count);
        JsonNode shown = (await _server.RunAsync("show", name, "--json")).Exits(0).Json;
        Assert.Equal(2, (int)shown["attempt"]!);
        Assert.Equal(await WeightsAsync(undisturbed), await WeightsAsync(name));
    }

    [Fact]
    public async Task Pausing_and_cancelling_do_not_wait_for_a_scorer()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerBehavior(), Cancel);
        TaskCompletionSource asked = HangAt(server, 9);
        string name = await SubmitAsync("remote", server);
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(2), Cancel);

        // The scorer's time is far longer than this command may take.
        JsonNode paused = (await _server.RunAsync("pause", name, "--json")).Exits(0).Json;

        Assert.Equal("JOB_STATE_PAUSED", (string)paused["state"]!);
        asked = HangAt(server, server.Calls.Count + 3);
        (await _server.RunAsync("resume", name)).Exits(0);
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(2), Cancel);
        JsonNode cancelled = (await _server.RunAsync("cancel", name, "--json")).Exits(0).Json;
        Assert.Equal("JOB_STATE_CANCELLED", (string)cancelled["state"]!);
        Assert.All(server.Answered, pair => Assert.Equal(1, pair.Value));
    }

    [Fact]
    public async Task What_is_unanswered_fails_or_pauses_the_job_as_it_says()
    {
        await using ScorerServer server = await ScorerServer.StartAsync(new FaultyBehavior(1, 1, [ScorerFault.Refuses]), Cancel);
        string failing = await SubmitAsync("http", server, "when_unscored: fail_job"), pausing = await SubmitAsync("http", server, "when_unscored: pause_job");

        Assert.Equal(1, await EndAsync(failing));
        JsonNode failure = (await _server.RunAsync("show", failing, "--json")).Exits(0).Json["failure"]!;
        Assert.Equal("reward_unscored", (string)failure["reason"]!);
        Assert.Contains("reward outside did not answer for 2 of 2 completions: it answered HTTP 400 (when_unscored is fail_job).", (string)failure["message"]!, StringComparison.Ordinal);

        using WatchStream watch = WatchStream.Open(_server, pausing);
        await watch.ReadToAsync(happened => (string?)happened["state_changed"]?["to"] == "JOB_STATE_PAUSED");
        Assert.Contains(watch.Events, happened => ((string?)happened["text"])?.Contains("resumed, the job asks for what is missing", StringComparison.Ordinal) == true);
        server.Behavior = new ScorerBehavior();
        (await _server.RunAsync("resume", pausing)).Exits(0);
        Assert.Equal(0, await watch.ReadToEndAsync());
    }

    /// <summary>From now on, the call of that number, and every one after it, is not answered.</summary>
    private static TaskCompletionSource HangAt(ScorerServer server, int number)
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Behavior = new ScorerScript { Answer = (request, call) => server.Calls.Count < number ? new ScorerBehavior().ScoreAsync(request, call) : HangAsync(call, asked) };
        return asked;
    }

    private static async Task<ScoreResponse> HangAsync(ScorerCall call, TaskCompletionSource asked)
    {
        asked.TrySetResult();
        TaskCompletionSource gone = new();
        await using CancellationTokenRegistration registration = call.Context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
        throw new OperationCanceledException();
    }

    /// <summary>Eight completions a step, two a call, one call after the other: when a call arrives, what was answered before it is kept.</summary>
    private async Task<string> SubmitAsync(string kind, ScorerServer server, string policy = "concurrency: 1")
    {
        string target = kind == "remote" ? $"address: {server.GrpcAddress}" : $"url: {server.HttpUrl}";
        string job = $$"""
            seed: 11
            grpo:
              model: {{JobFiles.Policy}}
              prompts: {inline: [{text: "sort ejcmd:"}, {text: "sort kjhdn:"}, {text: "sort nhklj:"}, {text: "sort bafcz:"}]}
              evaluation_prompts: {inline: [{text: "sort gfeab:"}, {text: "sort zyxab:"}]}
              rewards:
                - name: outside
                  {{kind}}:
                    {{target}}
                    batch_size: 2
                    calls: {deadline: 1h, timeout: 1h, attempts: 2, {{policy}}}
              algorithm: {steps: {{Steps}}, prompts_per_step: 2, group_size: 4}
              sampling: {max_completion_length: 12}
              optimizer: {learning_rate: 1e-4}
              evaluation: {every_steps: 3}
              checkpoint: {every_steps: 4}
            """;
        return (string)(await _server.RunAsync("submit", _folder.Write($"{Guid.NewGuid():N}.yaml", job), "--json")).Exits(0).Json["name"]!;
    }

    private async Task<int> EndAsync(string name)
    {
        using WatchStream watch = WatchStream.Open(_server, name);
        int exitCode = await watch.ReadToEndAsync();
        Assert.DoesNotContain(watch.Events, happened => happened["divergence"] is not null);
        return exitCode;
    }

    private async Task<byte[]> WeightsAsync(string name)
    {
        JsonNode shown = (await _server.RunAsync("show", name, "--json")).Exits(0).Json;
        return await File.ReadAllBytesAsync(Path.Combine((string)shown["checkpoints"]!.AsArray()[^1]!["directory"]!, "model.safetensors"), Cancel);
    }
}
