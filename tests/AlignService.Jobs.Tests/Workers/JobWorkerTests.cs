using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Resources;
using Xunit;

namespace AlignService.Jobs.Tests.Workers;

/// <summary>One worker, one job: the ways through and out.</summary>
public sealed class JobWorkerTests : EngineTest
{
    private const int Limit = 60_000;

    [Fact]
    public async Task Run_ToTheEnd_RecordsEveryStepEvaluationAndCheckpoint()
    {
        JobId id = await QueueAsync();
        var runs = new FakeTrainingRunFactory { StepCount = 7 };

        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w1", Token));

        Job job = await FindAsync(id);
        Assert.Equal((JobState.Succeeded, 7, 7, 1), (job.State, job.CompletedSteps, job.TotalSteps, job.Attempt));
        Assert.Null(job.Lease);
        Assert.Equal(1, runs.DisposedCount);
        IReadOnlyList<JobEvent> events = await EventsAsync(id);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], StepsOf<MetricPoints>(events, key: ""));
        Assert.Equal([0, 2, 4, 6, 7], StepsOf<MetricPoints>(events, key: "evaluation"));
        Assert.Equal([0, 2, 4, 6, 7], StepsOf<SampleCompletions>(events, key: "evaluation"));
        Assert.Equal([3, 6, 7], StepsOf<CheckpointWritten>(events, key: ""));
        Assert.Equal(
            [JobState.Preparing, JobState.Running, JobState.Succeeded], events.Select(item => item.Body).OfType<StateChanged>().Select(change => change.To));
    }

    [Fact]
    public async Task Run_Checkpoints_KeepsBestLastAndTheNewest()
    {
        JobId id = await QueueAsync(checkpointEvery: 1, keep: 2, evaluateEvery: 1);
        var runs = new FakeTrainingRunFactory { StepCount = 8, Score = step => step == 3 ? 1 : 0 };
        await Worker(runs).RunAsync(id, "w1", Token);

        Assert.Equal([3, 6, 7, 8], (await Store.Journal.ListCheckpointsAsync(id, Token)).Select(checkpoint => checkpoint.Step));
        Assert.Equal(
            ["step-000003", "step-000006", "step-000007", "step-000008"],
            Directory.GetDirectories(Path.Combine(Folder, "jobs", id.Value, "checkpoints")).Select(Path.GetFileName).Order());
        var models = new ModelDirectories(Checkpoints, FilePolicy.Anywhere);
        Assert.EndsWith("step-000003", models.Resolve($"{id.ResourceName}/checkpoints/best"), StringComparison.Ordinal);
        Assert.EndsWith("step-000008", models.Resolve($"{id.ResourceName}/checkpoints/last"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_JobOfAnotherWorker_IsNotTouched()
    {
        JobId id = await QueueAsync();
        await Store.Leases.ClaimAsync(id, "w1", TimeSpan.FromMinutes(1), Token);
        Assert.Equal(WorkerOutcome.NotRunnable, await Worker(new FakeTrainingRunFactory()).RunAsync(id, "w2", Token));
        Assert.Equal(JobState.Queued, (await FindAsync(id)).State);
    }

    [Fact(Timeout = Limit)]
    public async Task Run_CancelRequestedInAStep_EndsCancelledAndFreed()
    {
        JobId id = await QueueAsync();
        var inStep = new TaskCompletionSource();
        var runs = new FakeTrainingRunFactory
        {
            OnStep = (step, token) => BlockAt(4, step, inStep, token),
        };
        Task<WorkerOutcome> work = Worker(runs).RunAsync(id, "w1", TestContext.Current.CancellationToken);
        await inStep.Task;

        Assert.Equal(JobState.Running, (await Store.Catalog.RequestCancelAsync(id, TestContext.Current.CancellationToken)).State);
        Assert.Equal(WorkerOutcome.Cancelled, await work);
        Job job = await FindAsync(id);
        Assert.Equal((JobState.Cancelled, 3), (job.State, job.CompletedSteps));
        Assert.Null(job.Lease);
        Assert.Equal(1, runs.DisposedCount);
    }

    [Fact(Timeout = Limit)]
    public async Task Run_Supervised_LeavesTheLeaseOfTheEndedJob()
    {
        JobId id = await QueueAsync();
        await Worker(new FakeTrainingRunFactory(), options: new JobWorkerOptions { Supervised = true }).RunAsync(id, "w1", TestContext.Current.CancellationToken);
        Job job = await FindAsync(id);
        Assert.Equal((JobState.Succeeded, "w1"), (job.State, job.Lease!.WorkerId));
    }

    [Fact(Timeout = Limit)]
    public async Task Run_ProcessStops_GivesTheJobBackAndTheNextWorkerGoesOn()
    {
        JobId id = await QueueAsync();
        var inStep = new TaskCompletionSource();
        var runs = new FakeTrainingRunFactory { OnStep = (step, token) => BlockAt(5, step, inStep, token) };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<WorkerOutcome> work = Worker(runs).RunAsync(id, "w1", stop.Token);
        await inStep.Task;
        await stop.CancelAsync();
        await EndStopGraceAsync();
        Assert.Equal(WorkerOutcome.Stopped, await work);
        Job job = await FindAsync(id);
        Assert.Equal((JobState.Queued, 4, 0), (job.State, job.CompletedSteps, job.LostWorkers));
        Assert.Null(job.Lease);

        runs.OnStep = null;
        Assert.Equal(WorkerOutcome.Succeeded, await Worker(runs).RunAsync(id, "w2", TestContext.Current.CancellationToken));
        Assert.Equal(
            [("w1", AttemptOutcome.Stopped), ("w2", AttemptOutcome.Succeeded)],
            (await Store.Journal.ListAttemptsAsync(id, 10, TestContext.Current.CancellationToken)).Select(attempt => (attempt.WorkerId, attempt.Outcome!.Value)));
        IReadOnlyList<JobEvent> events = await EventsAsync(id);
        Assert.Equal(new Resumed(2, 4, "the previous worker was stopped"), Assert.Single(events, item => item.Body is Resumed).Body);
        Assert.Equal(Enumerable.Range(1, 10), StepsOf<MetricPoints>(events, key: ""));
    }

    [Fact(Timeout = Limit)]
    public async Task Run_TimeLimit_CountsAllAttemptsAndFailsTheJob()
    {
        JobId id = await QueueAsync(new JobLimits { MaxDuration = TimeSpan.FromMinutes(10) });
        JobLease before = (await Store.Leases.ClaimAsync(id, "w0", TimeSpan.FromMinutes(9), TestContext.Current.CancellationToken))!;
        Clock.Advance(TimeSpan.FromMinutes(8));
        await Store.Leases.RenewAsync(before, TimeSpan.FromMinutes(9), TestContext.Current.CancellationToken);
        await Store.Leases.ReleaseAsync(before, TestContext.Current.CancellationToken);

        var inStep = new TaskCompletionSource();
        var runs = new FakeTrainingRunFactory { OnStep = (step, token) => BlockAt(2, step, inStep, token) };
        Task<WorkerOutcome> work = Worker(runs, options: Patient).RunAsync(id, "w1", TestContext.Current.CancellationToken);
        await inStep.Task;
        await Clock.TimerDueAtAsync(Clock.GetUtcNow() + TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Clock.Advance(TimeSpan.FromMinutes(2) - TimeSpan.FromSeconds(1));
        Assert.Equal(JobState.Running, (await FindAsync(id)).State);
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(WorkerOutcome.Failed, await work);
        Job job = await FindAsync(id);
        Assert.Equal((JobState.Failed, "time_limit"), (job.State, job.Failure!.Reason));
        Assert.Contains("600 s", job.Failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Run_LeaseTakenByAnother_StopsAndWritesNothing()
    {
        JobId id = await QueueAsync();
        var inStep = new TaskCompletionSource();
        using var goOn = new ManualResetEventSlim();
        var runs = new FakeTrainingRunFactory
        {
            OnStep = (step, _) =>
            {
                if (step == 4)
                {
                    inStep.SetResult();
                    goOn.Wait(CancellationToken.None);
                }
            },
        };
        Task<WorkerOutcome> work = Worker(runs, options: Patient).RunAsync(id, "w1", TestContext.Current.CancellationToken);
        await inStep.Task;
        await Store.Leases.ExpireAsync(id, "w1", lost: true, TestContext.Current.CancellationToken);
        await Store.Leases.ClaimAsync(id, "w2", TimeSpan.FromDays(1), TestContext.Current.CancellationToken);
        int before = (await EventsAsync(id)).Count;
        goOn.Set();

        Assert.Equal(WorkerOutcome.LeaseLost, await work);
        Assert.Equal(before, (await EventsAsync(id)).Count);
        Job job = await FindAsync(id);
        Assert.Equal((JobState.Queued, "w2", 3), (job.State, job.Lease!.WorkerId, job.CompletedSteps));
    }

    [Fact(Timeout = Limit)]
    public async Task Run_LongStep_KeepsItsLease()
    {
        JobId id = await QueueAsync();
        var inStep = new TaskCompletionSource();
        using var goOn = new ManualResetEventSlim();
        var runs = new FakeTrainingRunFactory
        {
            OnStep = (step, _) =>
            {
                if (step == 1)
                {
                    inStep.SetResult();
                    goOn.Wait(CancellationToken.None);
                }
            },
        };
        var options = new JobWorkerOptions();
        Task<WorkerOutcome> work = Worker(runs, options: options).RunAsync(id, "w1", TestContext.Current.CancellationToken);
        await inStep.Task;
        for (int count = 0; count < 10; count++)
        {
            DateTimeOffset expires = (await FindAsync(id)).Lease!.ExpiresAt;
            await Clock.TimerDueAtAsync(Clock.GetUtcNow() + options.RenewInterval, TestContext.Current.CancellationToken);
            Clock.Advance(options.RenewInterval);

            // It renews before it waits for the next time.
            await Clock.TimerDueAtAsync(Clock.GetUtcNow() + options.RenewInterval, TestContext.Current.CancellationToken);
            Assert.Equal(expires + options.RenewInterval, (await FindAsync(id)).Lease!.ExpiresAt);
        }

        Assert.Null(await Store.Leases.ClaimAsync(id, "w2", TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        goOn.Set();
        Assert.Equal(WorkerOutcome.Succeeded, await work);
        Job job = await FindAsync(id);
        Assert.True(job.ActiveTime >= options.RenewInterval * 10);
        Assert.Equal(1, job.Attempt);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Run_Error_FailsTheJobWithAReasonToActOn(Exception error, string reason, string inMessage)
    {
        JobId inStep = await QueueAsync();
        await Worker(new FakeTrainingRunFactory { OnStep = (_, _) => throw error }).RunAsync(inStep, "w1", Token);
        JobId inPrepare = await QueueAsync();
        await Worker(new FakeTrainingRunFactory { OnPrepare = _ => throw error }).RunAsync(inPrepare, "w1", Token);
        JobId inSave = await QueueAsync();
        await Worker(new FakeTrainingRunFactory { OnSave = _ => throw error }).RunAsync(inSave, "w1", Token);

        foreach (JobId id in new[] { inStep, inPrepare, inSave })
        {
            Job job = await FindAsync(id);
            Assert.Equal((JobState.Failed, reason), (job.State, job.Failure!.Reason));
            Assert.Contains(inMessage, job.Failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("frame #0", job.Failure.Message, StringComparison.Ordinal);
            Assert.Null(job.Lease);
        }

        Assert.Empty(Directory.GetDirectories(Path.Combine(Folder, "jobs", inSave.Value, "checkpoints")));
    }

    public static TheoryData<Exception, string, string> Failures() => new()
    {
        { new CheckpointException("config.json has no hidden_size; give one."), "model_invalid", "hidden_size" },
        { new InvalidOperationException("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes\nframe #0: x"), "out_of_memory", "8 bytes" },
        { new InsufficientMemoryException("no memory"), "out_of_memory", "no memory" },
        { new IOException("No space left on device"), "internal", "No space left" },
        { new IOException("Cannot allocate memory", 12), "out_of_memory", "Cannot allocate" },
        { new System.ComponentModel.Win32Exception(12), "out_of_memory", "" },
        { new AggregateException(new InsufficientMemoryException("inner")), "out_of_memory", "inner" },
        { new InvalidOperationException("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 GiB\nframe #0: x"), "out_of_memory", "2.00 GiB" },
        { new InvalidOperationException("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), "out_of_memory", "CUBLAS" },
        { new TypeInitializationException("Native", new InvalidOperationException("std::bad_alloc")), "out_of_memory", "Native" },
        { new CheckpointException("the file is called 'out of memory'."), "model_invalid", "file" },
        { new ArgumentException("odd"), "internal", "ArgumentException: odd" },
    };

    /// <summary>Lets the time pass that a stopping worker has for the step in hand.</summary>
    private async Task EndStopGraceAsync()
    {
        TimeSpan half = new JobWorkerOptions().StopGrace / 2;
        await Clock.TimerDueAtAsync(Clock.GetUtcNow() + half, TestContext.Current.CancellationToken);
        Clock.Advance(half);
    }

    private static JobWorkerOptions Patient => new() { LeaseDuration = TimeSpan.FromHours(1), RenewInterval = TimeSpan.FromMinutes(30) };

    private static void BlockAt(int blocked, int step, TaskCompletionSource reached, CancellationToken token)
    {
        if (step == blocked)
        {
            reached.TrySetResult();
            token.WaitHandle.WaitOne();
            token.ThrowIfCancellationRequested();
        }
    }

    private static IEnumerable<int> StepsOf<T>(IEnumerable<JobEvent> events, string key) =>
        events.Where(item => item.Body is T && item.Key == key).Select(item => item.Step);
}
