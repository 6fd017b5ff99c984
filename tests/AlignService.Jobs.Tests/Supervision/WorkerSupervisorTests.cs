using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Supervision;
using AlignService.Jobs.Tests.Fakes;
using AlignService.Jobs.Workers;
using AlignService.Specs;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace AlignService.Jobs.Tests.Supervision;

/// <summary>Workers started, lost, hung and stopped, on a clock that only the test moves.</summary>
public sealed class WorkerSupervisorTests : EngineTest
{
    private const int Limit = 60_000;
    private const int CrashCode = 134;

    private static readonly JobWorkerOptions Supervised = new() { Supervised = true, StopGrace = TimeSpan.Zero };

    [Fact(Timeout = Limit)]
    public async Task Jobs_MoreThanDevices_AreAllDoneAndNeverMoreAtOnceThanDevices()
    {
        var jobs = new List<JobId>();
        for (int count = 0; count < 5; count++)
        {
            jobs.Add(await QueueAsync());
        }

        int working = 0;
        int most = 0;
        var launcher = new FakeWorkerLauncher(async process =>
        {
            InterlockedMax(ref most, Interlocked.Increment(ref working));
            int code = await WorkAsync(process, new FakeTrainingRunFactory { StepCount = 3 });
            Interlocked.Decrement(ref working);
            return code;
        });
        await SuperviseAsync(launcher, ["cpu", "cpu"], () => Task.WhenAll(jobs.Select(id => InStateAsync(id, JobState.Succeeded))), TestContext.Current.CancellationToken);

        Assert.Equal(2, most);
        Assert.Equal(5, launcher.All.Count);
        Assert.Equal(5, launcher.All.Select(process => process.Assignment.WorkerId).Distinct().Count());
        Assert.All(launcher.All, process => Assert.True(process.IsDisposed));
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_Dies_AnotherGoesOnAtOnce()
    {
        JobId id = await QueueAsync(checkpointEvery: 2);
        DateTimeOffset start = Clock.GetUtcNow();
        int life = 0;
        var launcher = new FakeWorkerLauncher(process => Interlocked.Increment(ref life) == 1
            ? DieAtStepAsync(process, 4)
            : WorkAsync(process, new FakeTrainingRunFactory()));
        await SuperviseAsync(launcher, ["cpu"], () => InStateAsync(id, JobState.Succeeded), TestContext.Current.CancellationToken);

        Job job = await FindAsync(id);
        Assert.Equal((2, 1), (job.Attempt, job.LostWorkers));
        Assert.Equal(start, Clock.GetUtcNow());
        IReadOnlyList<JobEvent> events = await EventsAsync(id);
        Assert.Equal(new Resumed(2, 2, "a worker was lost"), Assert.Single(events, item => item.Body is Resumed).Body);
        Assert.Equal(Enumerable.Range(1, 10), events.Where(item => item.Body is MetricPoints && item.Key.Length == 0).Select(item => item.Step));
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_DiesEveryTime_FailsTheJobWithItsLastWords()
    {
        JobId id = await QueueAsync(new JobLimits { MaxRestarts = 2 });
        var launcher = new FakeWorkerLauncher(process => DieAtStepAsync(process, 1));
        await SuperviseAsync(launcher, ["cpu"], () => InStateAsync(id, JobState.Failed), TestContext.Current.CancellationToken);

        Job job = await FindAsync(id);
        Assert.Equal(3, launcher.All.Count);
        Assert.Equal("worker_lost", job.Failure!.Reason);
        Assert.Contains("3 workers were lost and max_restarts is 2", job.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("signal 6", job.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("its last words", job.Failure.Message, StringComparison.Ordinal);
        Assert.Null(job.Lease);
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_DiesBeforeItClaims_FailsTheJobInTheEnd()
    {
        JobId id = await QueueAsync(new JobLimits { MaxRestarts = 1 });
        var launcher = new FakeWorkerLauncher(_ => Task.FromResult(1));
        await SuperviseAsync(launcher, ["cpu"], () => InStateAsync(id, JobState.Failed), TestContext.Current.CancellationToken);
        Assert.Equal(2, launcher.All.Count);
        Assert.Contains("exited with code 1", (await FindAsync(id)).Failure!.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_OfALostMachine_IsReplacedWhenItsLeaseRunsOut()
    {
        JobId id = await QueueAsync();
        await Store.Leases.ClaimAsync(id, "gone", TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        var launcher = new FakeWorkerLauncher(process => WorkAsync(process, new FakeTrainingRunFactory()));
        await SuperviseAsync(launcher, ["cpu"], async () =>
        {
            await AdvanceUntilAsync(id, found => found.Lease?.WorkerId != "gone");
            await InStateAsync(id, JobState.Succeeded);
        }, TestContext.Current.CancellationToken);
        Job job = await FindAsync(id);
        Assert.Equal((2, 1), (job.Attempt, job.LostWorkers));
        Assert.True(job.StartTime >= job.CreateTime + TimeSpan.FromSeconds(30));
    }

    [Fact(Timeout = Limit)]
    public async Task Cancel_WorkerThatHangs_IsKilledAfterTheGrace()
    {
        JobId id = await QueueAsync();
        var inStep = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var never = new ManualResetEventSlim();
        var launcher = new FakeWorkerLauncher(process => WorkAsync(process, new FakeTrainingRunFactory
        {
            OnStep = (_, _) =>
            {
                inStep.TrySetResult();
                never.Wait(CancellationToken.None);
            },
        }));
        DateTimeOffset requested = default;
        await SuperviseAsync(launcher, ["cpu"], async () =>
        {
            await inStep.Task;
            requested = Clock.GetUtcNow();
            await Store.Catalog.RequestCancelAsync(id, TestContext.Current.CancellationToken);
            await AdvanceUntilAsync(id, found => found.State == JobState.Cancelled);
        }, TestContext.Current.CancellationToken);

        Assert.True(Assert.Single(launcher.All).WasKilled);
        Job job = await FindAsync(id);
        Assert.Equal((0, (JobLease?)null), (job.LostWorkers, job.Lease));
        Assert.True(job.EndTime - requested >= TimeSpan.FromSeconds(10), "it had its 10 seconds");
        never.Set();
    }

    [Fact(Timeout = Limit)]
    public async Task Cancel_WorkerThatObeys_IsNotKilledAndItsLeaseEndsWithItsProcess()
    {
        JobId id = await QueueAsync();
        var inStep = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayExit = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var launcher = new FakeWorkerLauncher(async process =>
        {
            int code = await WorkAsync(process, Blocking(inStep));
            await mayExit.Task;
            return code;
        });
        await SuperviseAsync(launcher, ["cpu"], async () =>
        {
            await inStep.Task;
            await Store.Catalog.RequestCancelAsync(id, TestContext.Current.CancellationToken);
            Job cancelled = await InStateAsync(id, JobState.Cancelled);

            // The process is still there, and the lease says so.
            Assert.NotNull(cancelled.Lease);
            mayExit.SetResult();
            await WaitForAsync(id, found => found is { State: JobState.Cancelled, Lease: null });
        }, TestContext.Current.CancellationToken);
        Assert.False(Assert.Single(launcher.All).WasKilled);
    }

    [Fact(Timeout = Limit)]
    public async Task Pause_WorkerThatRests_IsNeitherLostNorReplacedUntilResumed()
    {
        JobId id = await QueueAsync();
        var inStep = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = new FakeTrainingRunFactory { StepCount = 1_000, OnStep = (_, _) => inStep.TrySetResult() };
        int life = 0;
        int resumedStepCount = 0;
        var launcher = new FakeWorkerLauncher(process =>
            WorkAsync(process, Interlocked.Increment(ref life) == 1 ? runs : new FakeTrainingRunFactory { StepCount = resumedStepCount }));
        await SuperviseAsync(launcher, ["cpu"], async () =>
        {
            await inStep.Task;
            await Store.Catalog.RequestPauseAsync(id, TestContext.Current.CancellationToken);
            Job paused = await WaitForAsync(id, found => found is { State: JobState.Paused, Lease: null });
            Assert.Equal((0, 1), (paused.LostWorkers, launcher.All.Count));
            resumedStepCount = paused.CompletedSteps + 3;
            await Store.Catalog.ResumeAsync(id, TestContext.Current.CancellationToken);
            await WaitForAsync(id, found => found is { State: JobState.Succeeded, Lease: null });
        }, TestContext.Current.CancellationToken);

        Assert.Equal(2, launcher.All.Count);
        Assert.All(launcher.All, process => Assert.False(process.WasKilled));
        Job done = await FindAsync(id);
        Assert.Equal((2, 0), (done.Attempt, done.LostWorkers));
    }

    [Fact(Timeout = Limit)]
    public async Task Stop_TellsWorkersToGiveTheirJobsBack()
    {
        JobId id = await QueueAsync();
        var inStep = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var launcher = new FakeWorkerLauncher(process => WorkAsync(process, Blocking(inStep)));
        await SuperviseAsync(launcher, ["cpu"], () => inStep.Task, TestContext.Current.CancellationToken);

        FakeWorkerProcess process = Assert.Single(launcher.All);
        Assert.True(process.Exited.IsCompleted);
        Assert.False(process.WasKilled);
        Job job = await FindAsync(id);
        Assert.Equal((JobState.Queued, 0, (JobLease?)null), (job.State, job.LostWorkers, job.Lease));
    }

    [Fact(Timeout = Limit)]
    public async Task NoDevices_StillSettlesWhatNeedsNoWorker()
    {
        JobId first = await QueueAsync();
        var second = new JobId("waits-for-first");
        await Store.Catalog.CreateAsync(second, (await FindAsync(first)).Spec with { After = [first] }, null, TestContext.Current.CancellationToken);
        await Store.Catalog.RequestCancelAsync(first, TestContext.Current.CancellationToken);
        var launcher = new FakeWorkerLauncher(_ => Task.FromResult(0));
        await SuperviseAsync(launcher, [], () => InStateAsync(second, JobState.Failed), TestContext.Current.CancellationToken);
        Assert.Equal("dependency_failed", (await FindAsync(second)).Failure!.Reason);
        Assert.Empty(launcher.All);
    }

    /// <summary>A process that was stopped (SIGSTOP) or that hangs in native code exits by itself as little as it renews its lease.</summary>
    [Fact(Timeout = Limit)]
    public async Task Worker_StopsRenewing_IsKilledAndReplaced()
    {
        JobId id = await QueueAsync();
        int life = 0;
        DateTimeOffset start = Clock.GetUtcNow(), replaced = default;
        var claimed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var launcher = new FakeWorkerLauncher(async process =>
        {
            if (Interlocked.Increment(ref life) > 1)
            {
                replaced = Clock.GetUtcNow();
                return await WorkAsync(process, new FakeTrainingRunFactory());
            }

            await Store.Leases.ClaimAsync(id, process.Assignment.WorkerId, Supervised.LeaseDuration, TestContext.Current.CancellationToken);
            claimed.SetResult();
            await process.Exited;
            return 0;
        });
        await SuperviseAsync(launcher, ["cpu"], EndsAsync, TestContext.Current.CancellationToken);

        // Nobody moves the clock before the lease has begun to run.
        async Task EndsAsync()
        {
            await claimed.Task;
            await AdvanceUntilAsync(id, found => found.State == JobState.Succeeded);
        }

        Assert.Equal([true, false], launcher.All.Select(process => process.WasKilled));
        Job job = await FindAsync(id);
        Assert.Equal((2, 1), (job.Attempt, job.LostWorkers));
        Assert.InRange((replaced - start).TotalSeconds, 30, 50); // the lease and the grace, not much more
    }

    /// <summary>Its lease would be renewed for ever by the thread beside it.</summary>
    [Fact(Timeout = Limit)]
    public async Task Worker_TrainingThreadHangs_ExitsAndIsReplacedAfterTheStuckTime()
    {
        JobId id = await QueueAsync();
        int life = 0;
        using var never = new ManualResetEventSlim();
        var inStep = new TaskCompletionSource<DateTimeOffset>(TaskCreationOptions.RunContinuationsAsynchronously);
        DateTimeOffset replaced = default;
        var launcher = new FakeWorkerLauncher(process =>
        {
            bool hangs = Interlocked.Increment(ref life) == 1;
            replaced = Clock.GetUtcNow();
            return WorkAsync(process, !hangs ? new FakeTrainingRunFactory() : new FakeTrainingRunFactory
            {
                Beats = () => 0,
                OnStep = (step, _) =>
                {
                    if (step == 5)
                    {
                        inStep.SetResult(Clock.GetUtcNow());
                        never.Wait(CancellationToken.None);
                    }
                },
            }, Patient);
        });
        await SuperviseAsync(launcher, ["cpu"], EndsAsync, TestContext.Current.CancellationToken);

        Assert.All(launcher.All, process => Assert.False(process.WasKilled));
        Job job = await FindAsync(id);
        Assert.Equal((2, 1), (job.Attempt, job.LostWorkers));
        Assert.True(replaced - await inStep.Task >= Supervised.StuckAfter - Supervised.RenewInterval); // it looks only every now and then
        Assert.Equal(new Resumed(2, 3, "a worker was lost"), Assert.Single(await EventsAsync(id), item => item.Body is Resumed).Body);
        never.Set();

        async Task EndsAsync()
        {
            await inStep.Task;
            await AdvanceUntilAsync(id, found => found.State == JobState.Succeeded);
        }
    }

    /// <summary>The only supervisor left has no device: nobody claims the job, and nobody else tells its users.</summary>
    [Fact(Timeout = Limit)]
    public async Task Worker_OfALostMachineAndNoDeviceLeft_QueuesTheJobAgain()
    {
        JobId id = await QueueAsync();
        DateTimeOffset start = Clock.GetUtcNow();
        JobLease gone = (await Store.Leases.ClaimAsync(id, "gone", TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken))!;
        await Store.Leases.TransitionAsync(gone, JobState.Preparing, null, "", TestContext.Current.CancellationToken);
        await Store.Leases.TransitionAsync(gone, JobState.Running, null, "", TestContext.Current.CancellationToken);
        var launcher = new FakeWorkerLauncher(_ => Task.FromResult(0));
        await SuperviseAsync(launcher, [], () => AdvanceUntilAsync(id, found => found.State == JobState.Queued), TestContext.Current.CancellationToken);

        Job job = await FindAsync(id);
        Assert.Equal((1, 1, (JobLease?)null), (job.Attempt, job.LostWorkers, job.Lease));
        Assert.InRange((Clock.GetUtcNow() - start).TotalSeconds, 40, 45); // lease and grace
        Assert.Equal(new StateChanged(JobState.Running, JobState.Queued, "its worker was lost"), (await EventsAsync(id))[^1].Body);
        Assert.Empty(launcher.All);
    }

    /// <summary>The lease of a hung worker has been ended by the time its process is gone: the loss is counted once all the same.</summary>
    [Fact(Timeout = Limit)]
    public async Task Worker_StopsRenewing_CountsAsOneLostWorkerOnly()
    {
        JobId id = await QueueAsync(new JobLimits { MaxRestarts = 2 });
        int life = 0;
        SemaphoreSlim claimed = new(0);
        var launcher = new FakeWorkerLauncher(async process =>
        {
            if (Interlocked.Increment(ref life) > 2)
            {
                return await WorkAsync(process, new FakeTrainingRunFactory());
            }

            await Store.Leases.ClaimAsync(id, process.Assignment.WorkerId, Supervised.LeaseDuration, TestContext.Current.CancellationToken);
            claimed.Release();
            await process.Exited;
            return 0;
        });
        await SuperviseAsync(launcher, ["cpu"], EndsAsync, TestContext.Current.CancellationToken);

        async Task EndsAsync()
        {
            for (int hung = 1; hung <= 2; hung++)
            {
                await claimed.WaitAsync(TestContext.Current.CancellationToken);
                await AdvanceUntilAsync(id, found => found.LostWorkers == hung);
            }

            await AdvanceUntilAsync(id, found => JobTransition.IsEnd(found.State));
        }

        Job job = await FindAsync(id);
        Assert.Equal((JobState.Succeeded, 3, 2), (job.State, job.Attempt, job.LostWorkers));
        claimed.Dispose();
    }

    [Fact(Timeout = Limit)]
    public async Task Worker_NeverClaims_IsKilledAndReplaced()
    {
        JobId id = await QueueAsync();
        int life = 0;
        var launcher = new FakeWorkerLauncher(async process =>
        {
            if (Interlocked.Increment(ref life) > 1)
            {
                return await WorkAsync(process, new FakeTrainingRunFactory());
            }

            await process.Exited;
            return 0;
        });
        await SuperviseAsync(launcher, ["cpu"], () => AdvanceUntilAsync(id, found => found.State == JobState.Succeeded), TestContext.Current.CancellationToken);

        Assert.Equal([true, false], launcher.All.Select(process => process.WasKilled));
    }

    [Fact(Timeout = Limit)]
    public async Task TimeLimit_WorkerThatHangsAndRenews_IsKilledAndTheJobFails()
    {
        JobId id = await QueueAsync(new JobLimits { MaxDuration = TimeSpan.FromMinutes(2) });
        var claimed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var launcher = new FakeWorkerLauncher(async process =>
        {
            JobLease lease = (await Store.Leases.ClaimAsync(id, process.Assignment.WorkerId, TimeSpan.FromHours(1), TestContext.Current.CancellationToken))!;
            claimed.SetResult();
            await process.Exited;
            return lease.Token > 0 ? 0 : 1;
        });
        DateTimeOffset start = Clock.GetUtcNow();
        await SuperviseAsync(launcher, ["cpu"], EndsAsync, TestContext.Current.CancellationToken);

        async Task EndsAsync()
        {
            await claimed.Task;
            await AdvanceUntilAsync(id, found => found.State == JobState.Failed);
        }

        Assert.True(Assert.Single(launcher.All).WasKilled);
        Assert.Equal("time_limit", (await FindAsync(id)).Failure!.Reason);
        Assert.InRange((Clock.GetUtcNow() - start).TotalSeconds, 120, 145);
    }

    /// <summary>A worker has exited, which ends every wait, but the store cannot be told.</summary>
    [Fact(Timeout = Limit)]
    public async Task Store_Away_IsAskedLessAndLessOftenAndLoggedOnce()
    {
        JobId id = await QueueAsync();
        int life = 0;
        (IJobCatalog catalog, AbsentCatalog outage) = AbsentCatalog.Around(Store.Catalog);
        var launcher = new FakeWorkerLauncher(process =>
        {
            outage.IsAway = Interlocked.Increment(ref life) == 1;
            return Task.FromResult(CrashCode);
        });
        var log = new RecordingLogger<WorkerSupervisor>();
        var supervisor = new WorkerSupervisor(catalog, Store.Leases, launcher, new WorkerSupervisorOptions(), Clock, log);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task supervising = supervisor.RunAsync(stop.Token);
        await outage.Asked.WaitAsync(TestContext.Current.CancellationToken);
        foreach (int seconds in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            await Clock.TimerDueAtAsync(Clock.GetUtcNow() + TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken);
            outage.IsAway = seconds < 30 || outage.RefusedCount < 7;
            Clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        await InStateAsync(id, JobState.Failed);
        await stop.CancelAsync();
        await supervising;

        Assert.Equal(7, outage.RefusedCount);
        Assert.Equal(["store_unavailable", "store_available"], log.Names.Where(name => name.StartsWith("store_", StringComparison.Ordinal)));
    }

    /// <summary>A lease that outlasts the test: how fast the test moves the clock decides nothing.</summary>
    private static JobWorkerOptions Patient => Supervised with { LeaseDuration = TimeSpan.FromDays(1) };

    private async Task<int> WorkAsync(FakeWorkerProcess process, FakeTrainingRunFactory runs, JobWorkerOptions? options = null) =>
        WorkerExitCode.Of(await Worker(runs, options: options ?? Supervised).RunAsync(process.Assignment.JobId, process.Assignment.WorkerId, process.Stop));

    /// <summary>Works until a step, and then is no more: nothing is released or recorded.</summary>
    private async Task<int> DieAtStepAsync(FakeWorkerProcess process, int dyingStep)
    {
        var dead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = new FakeTrainingRunFactory
        {
            OnStep = (step, token) =>
            {
                if (step == dyingStep)
                {
                    dead.TrySetResult();
                    token.WaitHandle.WaitOne();
                }
            },
        };
        _ = WorkAsync(process, runs);
        await dead.Task;
        return CrashCode;
    }

    private static FakeTrainingRunFactory Blocking(TaskCompletionSource inStep) => new()
    {
        OnStep = (_, token) =>
        {
            inStep.TrySetResult();
            token.WaitHandle.WaitOne();
            token.ThrowIfCancellationRequested();
        },
    };

    /// <summary>Supervises while the script runs; then stops.</summary>
    private async Task SuperviseAsync(FakeWorkerLauncher launcher, IReadOnlyList<string> devices, Func<Task> script, CancellationToken cancellationToken)
    {
        var options = new WorkerSupervisorOptions { Devices = devices };
        var supervisor = new WorkerSupervisor(Store.Catalog, Store.Leases, launcher, options, Clock, NullLogger<WorkerSupervisor>.Instance);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task supervising = supervisor.RunAsync(stop.Token);

        // A supervisor that breaks fails the test at once.
        await await Task.WhenAny(supervising, script());
        await stop.CancelAsync();
        await supervising;
    }

    private Task<Job> InStateAsync(JobId id, JobState state) => WaitForAsync(id, job => job.State == state);

    private static void InterlockedMax(ref int most, int value)
    {
        int seen = Volatile.Read(ref most);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref most, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
