using System.Data.Common;
using System.Globalization;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Workers;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Supervision;

/// <summary>
/// Reconciles workers with jobs: every runnable job has a worker as long as devices are free, and a worker that dies or hangs is replaced. The workers claim
/// their jobs themselves, so any number of supervisors can share a store.
/// </summary>
public sealed class WorkerSupervisor(
    IJobCatalog catalog, IJobLeases leases, IWorkerLauncher launcher, WorkerSupervisorOptions options, TimeProvider time, ILogger<WorkerSupervisor> logger)
{
    private readonly List<SupervisedWorker> _workers = [];
    private readonly WorkerLosses _losses = new();
    private readonly HashSet<JobId> _outOfTime = [];
    private readonly StoreOutage _outage = new(options.ReconcileInterval, time, logger);
    private int _workerCount;

    /// <summary>Runs until the token is cancelled; then every worker is asked to release its job.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        await using IJobChanges changes = await catalog.FollowAsync(null, stoppingToken);
        try
        {
            while (true)
            {
                await ReconcileAsync(stoppingToken);
                await WaitAsync(changes, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await StopAllAsync();
        }
    }

    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReapAsync(lossesCount: true, cancellationToken);
            await KillOverdueAsync(cancellationToken);
            await catalog.ReconcileAsync(cancellationToken);
            await leases.RequeueLostAsync(options.StopGrace, cancellationToken);
            await StartWorkersAsync(cancellationToken);
            _outage.End();
        }
        catch (DbException exception)
        {
            _outage.Note(exception);
        }
    }

    /// <summary>Expires the leases of workers that have exited. One that still held an active job was lost.</summary>
    private async Task ReapAsync(bool lossesCount, CancellationToken cancellationToken)
    {
        foreach (SupervisedWorker worker in _workers.Where(worker => worker.Process.Exited.IsCompleted).ToList())
        {
            WorkerExit exit = await worker.Process.Exited;
            (JobId id, string workerId, _) = worker.Assignment;
            Job job = await catalog.FindAsync(id, cancellationToken) ?? throw new JobNotFoundException(id);
            bool held = job.Lease?.WorkerId == workerId;
            bool lost = lossesCount && worker.MustStopSince is null && JobTransition.NeedsWorker(job.State);
            if (held)
            {
                await leases.ExpireAsync(id, workerId, lost, cancellationToken);
            }

            if (lost && (held || !WorkerExitCode.IsOrderly(exit.Code)))
            {
                SupervisorLog.Lost(logger, id, workerId, exit.Describe());
                // A worker that never held the job is not counted by the store; one whose lease another has ended is.
                _losses.Add(id, exit, isFailedStart: !held && !worker.HasClaimed);
            }

            if (JobTransition.IsEnd(job.State))
            {
                _losses.Forget(id);
            }

            worker.Process.Dispose();
            _workers.Remove(worker);
        }
    }

    /// <summary>Kills workers that still run long after they had to stop, and those that hang: a stopped process renews no lease, and its device must be freed.</summary>
    private async Task KillOverdueAsync(CancellationToken cancellationToken)
    {
        foreach (SupervisedWorker worker in _workers.Where(worker => !worker.Killed))
        {
            Job? job = await catalog.FindAsync(worker.Assignment.JobId, cancellationToken);
            if (job is not { CancelRequested: false } || !JobTransition.NeedsWorker(job.State))
            {
                worker.MustStopSince ??= time.GetTimestamp();
                if (time.GetElapsedTime(worker.MustStopSince.Value) >= options.StopGrace)
                {
                    Kill(worker, "it did not stop in time");
                }

                continue;
            }

            worker.Look(job, time);
            if (worker.SilentFor(time) is { } silence && silence >= (worker.HasClaimed ? options.StopGrace : options.StartPatience))
            {
                Kill(worker, worker.HasClaimed ? "it has stopped renewing its lease" : "it never claimed its job");
            }
            else if (worker.OverTime(time) >= options.StopGrace)
            {
                _outOfTime.Add(job.Id);
                Kill(worker, "the job's max_duration has passed and it did not end");
            }
        }
    }

    private async Task StartWorkersAsync(CancellationToken cancellationToken)
    {
        // By place, not by name: two workers may share the CPU.
        Queue<int> free = new(Enumerable.Range(0, options.Devices.Count).Where(slot => _workers.TrueForAll(worker => worker.Slot != slot)));
        IReadOnlyList<Job> runnable = await leases.ListRunnableAsync(options.Devices.Count + _workers.Count + 1, cancellationToken);
        foreach (Job job in runnable.Where(job => _workers.TrueForAll(worker => worker.Assignment.JobId != job.Id)))
        {
            if (await FailIfOutOfTimeAsync(job, cancellationToken) || await FailIfOutOfRestartsAsync(job, cancellationToken))
            {
                continue;
            }

            if (free.TryDequeue(out int slot))
            {
                Start(job.Id, slot);
            }
        }
    }

    private void Start(JobId id, int slot)
    {
        string workerId = string.Create(CultureInfo.InvariantCulture, $"{options.Name}-{++_workerCount}");
        var assignment = new WorkerAssignment(id, workerId, options.Devices[slot]);
        try
        {
            _workers.Add(new SupervisedWorker(assignment, launcher.Launch(assignment), slot));
        }
        catch (WorkerLaunchException exception)
        {
            SupervisorLog.LaunchFailed(logger, exception, id);
            _losses.Add(id, $"could not be started: {exception.Message}", isFailedStart: true);
        }
    }

    /// <summary>Fails a job whose time is up, although its worker did not live to say so.</summary>
    private async Task<bool> FailIfOutOfTimeAsync(Job job, CancellationToken cancellationToken)
    {
        if (job.Spec.Limits.MaxDuration is not { } limit || (job.ActiveTime < limit && !_outOfTime.Contains(job.Id)))
        {
            return false;
        }

        JobFailure failure = FailureOf.TimeLimit(limit);
        await FailAsync(job, failure, failure.Message, cancellationToken);
        return true;
    }

    /// <summary>Fails a job that lost more workers than its max_restarts allows.</summary>
    private async Task<bool> FailIfOutOfRestartsAsync(Job job, CancellationToken cancellationToken)
    {
        // The store counts the worker of an expired lease when the next one claims the job.
        int lost = job.LostWorkers + (job.Lease is null ? 0 : 1) + _losses.FailedStarts(job.Id);
        if (lost <= job.Spec.Limits.MaxRestarts)
        {
            return false;
        }

        var failure = new JobFailure(
            _losses.RanOutOfMemory(job.Id) ? JobFailureReason.OutOfMemory : JobFailureReason.WorkerLost,
            string.Create(CultureInfo.InvariantCulture, $"{lost} workers were lost and max_restarts is {job.Spec.Limits.MaxRestarts}. The last one {_losses.LastExit(job.Id)}"),
            _losses.RanOutOfMemory(job.Id)
                ? OutOfMemory.Remedy
                : "If memory ran out, lower micro_batch_size, max_completion_length or prompts_per_step; raise max_restarts if machines are unreliable.");
        await FailAsync(job, failure, "too many workers were lost", cancellationToken);
        return true;
    }

    private async Task FailAsync(Job job, JobFailure failure, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await leases.TransitionAsync(job.Id, job.State, JobState.Failed, failure, reason, cancellationToken);
            _losses.Forget(job.Id);
            _outOfTime.Remove(job.Id);
        }
        catch (InvalidTransitionException)
        {
            // Another worker or supervisor was quicker; the next round sees what it did.
        }
    }

    private async Task WaitAsync(IJobChanges changes, CancellationToken stoppingToken)
    {
        if (_outage.Wait is { } pause)
        {
            // Neither a change nor an exit can be acted on; without the pause, a worker that has exited would end the wait at once, again and again.
            await Task.Delay(pause, time, stoppingToken);
            return;
        }

        using var done = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task change = changes.WaitAsync(options.ReconcileInterval, done.Token);
        await Task.WhenAny([change, .. _workers.Select(worker => worker.Process.Exited)]);
        await done.CancelAsync();
        await change.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
    }

    private async Task StopAllAsync()
    {
        foreach (SupervisedWorker worker in _workers)
        {
            worker.Process.RequestStop();
        }

        Task allExited = Task.WhenAll(_workers.Select(worker => worker.Process.Exited));
        await Task.WhenAny(allExited, Task.Delay(options.StopGrace, time, CancellationToken.None));
        foreach (SupervisedWorker worker in _workers.Where(worker => !worker.Process.Exited.IsCompleted))
        {
            Kill(worker, "it did not stop in time");
        }

        await allExited;
        try
        {
            await ReapAsync(lossesCount: false, CancellationToken.None);
        }
        catch (DbException exception)
        {
            // Their leases expire by themselves.
            _outage.Note(exception);
        }
    }

    private void Kill(SupervisedWorker worker, string why)
    {
        SupervisorLog.Killed(logger, worker.Assignment.JobId, worker.Assignment.WorkerId, why);
        worker.Killed = true;
        worker.Process.Kill();
    }
}
