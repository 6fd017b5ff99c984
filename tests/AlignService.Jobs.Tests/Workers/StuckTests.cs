using AlignService.Jobs.Supervision;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>A worker without a supervisor whose training thread never returns: its process must end, or nobody starts another.</summary>
public sealed class StuckTests : EngineTest
{
    private const int Limit = 60_000;

    private static readonly JobWorkerOptions Options = new() { LeaseDuration = TimeSpan.FromHours(1) };

    private readonly TaskCompletionSource _inStep = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact(Timeout = Limit)]
    public async Task Run_TrainingThreadHangs_EndsAndLeavesTheJobToTheNext()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId id = await QueueAsync();
        using var never = new ManualResetEventSlim();
        Task<WorkerOutcome> work = Worker(Hanging(5, never), options: Options).RunAsync(id, "w1", token);
        await _inStep.Task;
        DateTimeOffset hung = Clock.GetUtcNow();

        Assert.Equal(WorkerOutcome.Stuck, await EndAsync(work));

        Assert.InRange(Clock.GetUtcNow() - hung, Options.StuckAfter - Options.RenewInterval, Options.StuckAfter + (2 * Options.RenewInterval));
        Assert.Equal((5, false), (WorkerExitCode.Of(WorkerOutcome.Stuck), WorkerExitCode.IsOrderly(WorkerExitCode.Stuck)));
        Assert.Contains("its training hung", new WorkerExit(WorkerExitCode.Stuck, []).Describe(), StringComparison.Ordinal);
        Job left = await FindAsync(id);
        Assert.Equal((JobState.Running, "w1", 4), (left.State, left.Lease!.WorkerId, left.CompletedSteps));
        Assert.Null(await Store.Leases.ClaimAsync(id, "w2", Options.LeaseDuration, token));

        Clock.Advance(Options.LeaseDuration);
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(new FakeTrainingRunFactory()).RunAsync(id, "w2", token));
        Job done = await FindAsync(id);
        Assert.Equal((2, 1), (done.Attempt, done.LostWorkers));
        never.Set();
    }

    /// <summary>Nobody renews anything any more, and a thread that wakes up late may find its job in other hands.</summary>
    [Fact(Timeout = Limit)]
    public async Task Run_TrainingThreadHangsAndTheLeaseIsLost_EndsAllTheSame()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId id = await QueueAsync();
        using var never = new ManualResetEventSlim();
        Task<WorkerOutcome> work = Worker(Hanging(5, never), options: Options).RunAsync(id, "w1", token);
        await _inStep.Task;
        await Store.Leases.ExpireAsync(id, "w1", lost: true, token);
        JobLease other = (await Store.Leases.ClaimAsync(id, "w2", TimeSpan.FromDays(1), token))!;
        int events = (await EventsAsync(id)).Count;

        Assert.Equal(WorkerOutcome.Stuck, await EndAsync(work));

        Assert.Equal(other, (await FindAsync(id)).Lease);
        never.Set();
        Assert.Equal(events, (await EventsAsync(id)).Count);
    }

    [Fact(Timeout = Limit)]
    public async Task Run_CancelledOrStoppedWhileItHangs_EndsAllTheSame()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId id = await QueueAsync();
        using var never = new ManualResetEventSlim();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task<WorkerOutcome> work = Worker(Hanging(2, never), options: Options).RunAsync(id, "w1", stop.Token);
        await _inStep.Task;
        await Store.Catalog.RequestCancelAsync(id, token);
        await stop.CancelAsync();

        Assert.Equal(WorkerOutcome.Stuck, await EndAsync(work));
        never.Set();
    }

    /// <summary>Moves the clock each time that somebody waits for it.</summary>
    private async Task<WorkerOutcome> EndAsync(Task<WorkerOutcome> work)
    {
        while (!work.IsCompleted)
        {
            Task timer = Clock.NextTimerAsync();
            if (!Clock.TryAdvanceToNextTimer())
            {
                await Task.WhenAny(work, timer);
            }
        }

        return await work;
    }

    private FakeTrainingRunFactory Hanging(int hangingStep, ManualResetEventSlim never) => new()
    {
        Beats = () => 0,
        OnStep = (step, _) =>
        {
            if (step == hangingStep)
            {
                _inStep.SetResult();
                never.Wait(CancellationToken.None);
            }
        },
    };
}
