using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>A worker that is asked to stop, at every place: no completed step is repeated, and the story is that of a job that was never stopped.</summary>
public sealed class StopTests : EngineTest
{
    private const int StepCount = 7;
    private const int Limit = 60_000;

    [Theory(Timeout = Limit)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public async Task Run_StoppedInAStepThatEnds_SavesItAndRepeatsNone(int stoppedIn)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId undisturbed = await QueueAsync(checkpointEvery: 100);
        await Worker(new() { StepCount = StepCount }).RunAsync(undisturbed, "w1", token);
        JobId id = await QueueAsync(checkpointEvery: 100);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        List<int> done = [];
        var runs = new FakeTrainingRunFactory
        {
            StepCount = StepCount,
            OnStep = (step, _) =>
            {
                done.Add(step);
                if (step == stoppedIn && !stop.IsCancellationRequested)
                {
                    stop.Cancel();
                }
            },
        };

        WorkerOutcome first = await Worker(runs).RunAsync(id, "w1", stop.Token);
        Assert.Equal(stoppedIn == StepCount ? WorkerOutcome.Succeeded : WorkerOutcome.Stopped, first);
        Assert.Equal(stoppedIn, Assert.Single(await Store.Journal.ListCheckpointsAsync(id, token)).Step);
        Job job = await FindAsync(id);
        Assert.Equal((null, 0), (job.Lease, job.LostWorkers));
        await Worker(runs).RunAsync(id, "w2", token);

        Assert.Equal(Enumerable.Range(1, StepCount), done);
        Assert.Equal(Story(await EventsAsync(undisturbed)).Where(IsOfTheJob).Order(StringComparer.Ordinal), Story(await EventsAsync(id)).Where(IsOfTheJob).Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task Run_StoppedWhilePreparing_IsGivenBackAtOnce()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId id = await QueueAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var runs = new FakeTrainingRunFactory
        {
            OnPrepare = cancelled =>
            {
                stop.Cancel();
                cancelled.ThrowIfCancellationRequested();
            },
        };
        Assert.Equal(WorkerOutcome.Stopped, await Worker(runs).RunAsync(id, "w1", stop.Token));
        Job job = await FindAsync(id);
        Assert.Equal((JobState.Queued, null, 0), (job.State, job.Lease, job.LostWorkers));
    }

    /// <summary>A user's word counts more than the end of a process.</summary>
    [Fact(Timeout = Limit)]
    public async Task Run_CancelledWhileItStops_EndsCancelled()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId id = await QueueAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var inStep = new TaskCompletionSource();
        var runs = new FakeTrainingRunFactory
        {
            OnStep = (step, cancelled) =>
            {
                if (step == 4)
                {
                    inStep.TrySetResult();
                    cancelled.WaitHandle.WaitOne();
                    cancelled.ThrowIfCancellationRequested();
                }
            },
        };
        Task<WorkerOutcome> work = Worker(runs).RunAsync(id, "w1", stop.Token);
        await inStep.Task;
        await stop.CancelAsync();
        await Store.Catalog.RequestCancelAsync(id, token);
        Assert.Equal(WorkerOutcome.Cancelled, await work);
        Assert.Equal(JobState.Cancelled, (await FindAsync(id)).State);
    }

    private static bool IsOfTheJob(string line) => !line.Contains(" checkpoint", StringComparison.Ordinal);
}
