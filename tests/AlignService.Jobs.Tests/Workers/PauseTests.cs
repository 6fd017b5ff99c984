using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>Jobs that rest and go on: the story is the one of a job that never rested.</summary>
public sealed class PauseTests : EngineTest
{
    /// <summary>A pause is seen between two steps, milliseconds after it was asked for: far more steps than fit in between.</summary>
    private const int StepCount = 400;

    private const int Limit = 60_000;

    [Fact(Timeout = Limit)]
    public async Task Run_PauseRequestedInAStep_WritesACheckpointRestsAndGoesOn()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId undisturbed = await QueueAsync(checkpointEvery: StepCount, evaluateEvery: StepCount);
        await Worker(new() { StepCount = StepCount }).RunAsync(undisturbed, "w1", token);
        JobId id = await QueueAsync(checkpointEvery: StepCount, evaluateEvery: StepCount);
        var inStep = new TaskCompletionSource();
        using var goOn = new ManualResetEventSlim();
        var runs = new FakeTrainingRunFactory
        {
            StepCount = StepCount,
            OnStep = (step, _) =>
            {
                if (step == 4)
                {
                    inStep.SetResult();
                    goOn.Wait(CancellationToken.None);
                }
            },
        };
        Task<WorkerOutcome> work = Worker(runs).RunAsync(id, "w1", token);
        await inStep.Task;
        Assert.Equal(JobState.Running, (await Store.Catalog.RequestPauseAsync(id, token)).State);
        goOn.Set();

        Assert.Equal(WorkerOutcome.Paused, await work);
        Job paused = await FindAsync(id);
        Assert.Equal((JobState.Paused, null, 1), (paused.State, paused.Lease, runs.DisposedCount));
        Assert.InRange(paused.CompletedSteps, 4, StepCount - 1);
        Assert.Equal(paused.CompletedSteps, Assert.Single(await Store.Journal.ListCheckpointsAsync(id, token)).Step);
        Assert.Equal(WorkerOutcome.NotRunnable, await Worker(runs).RunAsync(id, "w2", token));

        runs.OnStep = null;
        await Store.Catalog.ResumeAsync(id, token);
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w3", token));

        IReadOnlyList<JobEvent> events = await EventsAsync(id);
        Assert.Equal(new Resumed(2, paused.CompletedSteps, "resumed after a pause"), Assert.Single(events, item => item.Body is Resumed).Body);
        Assert.Equal(WithoutCheckpoints(await EventsAsync(undisturbed)), WithoutCheckpoints(events));
        Assert.Equal(
            [JobState.Preparing, JobState.Running, JobState.Paused, JobState.Queued, JobState.Preparing, JobState.Running, JobState.Succeeded],
            events.Select(item => item.Body).OfType<StateChanged>().Select(change => change.To));
    }

    /// <summary>Else the held-out prompts would never be answered before the first step where the pause is taken back at once.</summary>
    [Fact(Timeout = Limit)]
    public async Task Run_PauseSeenOnlyAtTheStart_RestsWithoutAStepAndKeepsTheFirstEvaluationForLater()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        JobId id = await QueueAsync();
        JobLease lease = (await Store.Leases.ClaimAsync(id, "w1", TimeSpan.FromMinutes(1), token))!;
        var answers = new Queue<bool>([true]);
        await using var thread = new TrainingThread(new TrainingPulse(() => 0, TimeProvider.System));
        Job job = (await FindAsync(id)) with { Lease = lease };
        ITrainingRun run = await thread.RunAsync(() => new FakeTrainingRunFactory().Create(job));

        var attempt = new JobAttempt(Ports, new AttemptContext(job, run, thread, Ports.Journal, new WorkerPlace("cpu", "here")), new StorageWait(id, Clock, NullLogger.Instance, token), new JobWorkerOptions().LeaseDuration, Clock);
        AttemptResult result = await attempt.RunAsync(() => answers.TryDequeue(out bool wanted) && wanted, token);

        await thread.RunAsync(run.Dispose);
        Assert.Equal((AttemptEnd.Paused, "paused on request"), (result.End, result.Reason));
        Assert.DoesNotContain(await EventsAsync(id), item => item.Body is MetricPoints);
        Assert.Empty(await Store.Journal.ListCheckpointsAsync(id, token));
    }

    private static IEnumerable<string> WithoutCheckpoints(IEnumerable<JobEvent> events) =>
        Story(events).Where(line => !line.Contains(" checkpoint", StringComparison.Ordinal));
}
