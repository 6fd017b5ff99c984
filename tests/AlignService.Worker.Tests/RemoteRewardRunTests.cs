using AlignService.Contracts.Reward.V1;
using AlignService.Jobs.Runs;
using AlignService.Scorers;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Metrics;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Settings;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Tests.Fakes;
using Xunit;

namespace AlignService.Worker.Tests;

/// <summary>Training against a scorer outside the worker: steps that are done again ask nothing again, and a step that waits for scores can be left and done later, with the same bits.</summary>
public sealed class RemoteRewardRunTests : IDisposable
{
    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, "right")]
    [InlineData(false, "right")]
    [InlineData(false, "faulty")]
    public async Task Resume_FromACheckpoint_AsksNothingAgainAndEndsWithTheSameBits(bool cache, string how)
    {
        FaultyBehavior faulty = new(seed: 5, share: 0.3, [ScorerFault.NotANumber, ScorerFault.MissingId, ScorerFault.Refuses]);
        await using ScorerServer server = await ScorerServer.StartAsync(how == "faulty" ? faulty : new ScorerBehavior(), Token);
        GrpoJob job = Job(server, new CallConfig { Cache = cache });
        string checkpoint = Path.Combine(_folder.Root, "checkpoint");
        byte[] weights;
        int calls;
        using (PolicyOptimizationRun run = Load(job, attempt: 1))
        {
            RunReport evaluation = (await OnThread(() => run.Evaluate(Token)))!, first = await OnThread(() => run.RunStep(Token));
            Assert.Equal(3, evaluation.Metrics["eval/outside/calls"]);
            Assert.True(first.Metrics["reward/outside/calls"] >= 4);
            Assert.True(first.Metrics["reward/outside/call_latency_p50"] <= first.Metrics["reward/outside/call_latency_p99"]);
            Assert.All(evaluation.Metrics.Keys.Concat(first.Metrics.Keys), name => Assert.NotNull(MetricCatalog.Find(name)));
            run.Save(checkpoint, SaveDtype.AsLoaded);
            await OnThread(() => run.RunStep(Token));
            await OnThread(() => run.RunStep(Token));
            Assert.Equal(how == "faulty", faulty.Injected.Keys.Any(fault => fault != ScorerFault.None));
            weights = Weights(run, "first");
            calls = server.Calls.Count;
        }

        using PolicyOptimizationRun resumed = Load(job, attempt: 2, checkpoint);
        RunReport again = await OnThread(() => resumed.RunStep(Token));
        await OnThread(() => resumed.RunStep(Token));

        Assert.Equal(calls, server.Calls.Count);
        Assert.Equal(0, again.Metrics["reward/outside/calls"]);
        Assert.True(again.Metrics["reward/outside/cache_hits"] > 0);
        Assert.Equal(weights, Weights(resumed, "second"));
    }

    [Fact]
    public async Task RunStep_PausedWhileItWaits_LeavesNoTraceAndIsDoneLater()
    {
        await using ScorerServer whole = await ScorerServer.StartAsync(new ScorerBehavior(), Token);
        byte[] expected;
        using (PolicyOptimizationRun undisturbed = Load(Job(whole, new CallConfig()), attempt: 1, folder: "undisturbed"))
        {
            await OnThread(() => undisturbed.RunStep(Token));
            await OnThread(() => undisturbed.RunStep(Token));
            expected = Weights(undisturbed, "undisturbed");
        }

        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScorerServer server = await ScorerServer.StartAsync(new ScorerBehavior(), Token);
        using PolicyOptimizationRun run = Load(Job(server, new CallConfig { Concurrency = 1 }), attempt: 1, folder: "paused");
        using var pause = new CancellationTokenSource();
        CancellationToken pausing = pause.Token;
        run.HeedPause(() => pausing);
        await OnThread(() => run.RunStep(Token));
        int before = server.Calls.Count;
        server.Behavior = new ScorerScript { Answer = (request, call) => server.Calls.Count < before + 3 ? new ScorerBehavior().ScoreAsync(request, call) : HangAsync(call, asked) };

        Task<RunReport> step = OnThread(() => run.RunStep(Token));
        await asked.Task;
        await pause.CancelAsync();

        Assert.True((await Assert.ThrowsAsync<ScoringPausedException>(() => step)).IsRequested);
        Assert.Equal((1, true), (run.CompletedSteps, run.IsBetweenSteps));
        server.Behavior = new ScorerBehavior();
        pausing = CancellationToken.None;
        RunReport done = await OnThread(() => run.RunStep(Token));
        Assert.True(done.Metrics["reward/outside/cache_hits"] >= 4); // two calls of two completions were answered before
        Assert.Equal(expected, Weights(run, "paused"));
    }

    /// <summary>Not on a thread of the pool, which the scorer needs.</summary>
    private static Task<T> OnThread<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static async Task<ScoreResponse> HangAsync(ScorerCall call, TaskCompletionSource asked)
    {
        asked.TrySetResult();
        TaskCompletionSource gone = new();
        await using CancellationTokenRegistration registration = call.Context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
        return new ScoreResponse();
    }

    private PolicyOptimizationRun Load(GrpoJob job, long attempt, string? checkpoint = null, string folder = "job") =>
        Runs.Load(job, checkpoint, new RunEnvironment { OpenScores = () => ScoreJournal.Open(Path.Combine(_folder.Root, folder, "scores"), attempt, 0) });

    private byte[] Weights(PolicyOptimizationRun run, string name)
    {
        string directory = Path.Combine(_folder.Root, $"weights-{name}");
        run.Save(directory, SaveDtype.AsLoaded);
        return File.ReadAllBytes(Path.Combine(directory, "model.safetensors"));
    }

    private GrpoJob Job(ScorerServer server, CallConfig calls) => new()
    {
        Model = Directory.Exists(Path.Combine(_folder.Root, "model")) ? Path.Combine(_folder.Root, "model") : _folder.TinyModel("model"),
        Prompts = new() { Inline = [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] },
        EvaluationPrompts = new() { Inline = [.. Enumerable.Range(0, 5).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i + 20, 5), null, null))] },
        Rewards = [new GrpcRewardConfig { Name = "outside", Address = server.GrpcAddress, BatchSize = 2, Calls = calls with { Attempts = 1, BreakAfter = null } }],
        Config = new TinyRun().Config,
    };
}
