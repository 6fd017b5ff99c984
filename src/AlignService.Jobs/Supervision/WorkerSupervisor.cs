using System.Data.Common;
using System.Globalization;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Supervision;

/// <summary>
/// Sees to it that every runnable job has a worker as long as devices are free, and that a worker which dies or hangs holds nothing up. The workers claim their
/// jobs themselves, so any number of supervisors can share a store.
/// </summary>
public sealed class WorkerSupervisor(
    IJobStore store, IWorkerLauncher launcher, WorkerSupervisorOptions options, TimeProvider time, ILogger<WorkerSupervisor> logger)
{
    private readonly List<SupervisedWorker> _workers = [];
    private readonly Dictionary<JobId, string> _lastWords = [];
    private readonly Dictionary<JobId, int> _failedStarts = [];
    private int _workerCount;

    /// <summary>Runs until the token is cancelled; then every worker is told to give its job back.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        await using IJobChanges changes = await store.FollowAsync(null, stoppingToken);
        try
        {
            while (true)
            {
                await LookAsync(stoppingToken);
                await WaitAsync(changes, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await StopAllAsync();
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await BuryTheDeadAsync(lostMatters: true, cancellationToken);
            await HurryAsync(cancellationToken);
            await store.SettleAsync(cancellationToken);
            await StartWorkersAsync(cancellationToken);
        }
        catch (DbException exception)
        {
            SupervisorLog.StoreFailed(logger, exception);
        }
    }

    /// <summary>Ends the leases of workers that have gone. One that held an active job to its last moment was lost.</summary>
    private async Task BuryTheDeadAsync(bool lostMatters, CancellationToken cancellationToken)
    {
        foreach (SupervisedWorker worker in _workers.Where(worker => worker.Process.Exited.IsCompleted).ToList())
        {
            WorkerExit exit = await worker.Process.Exited;
            (JobId id, string workerId, _) = worker.Assignment;
            Job job = await store.FindAsync(id, cancellationToken) ?? throw new JobNotFoundException(id);
            bool held = job.Lease?.WorkerId == workerId;
            bool lost = lostMatters && worker.MustStopSince is null && JobTransition.NeedsWorker(job.State);
            if (held)
            {
                await store.EndLeaseAsync(id, workerId, lost, cancellationToken);
            }

            if (lost && (held || !Workers.WorkerExitCode.IsOrderly(exit.Code)))
            {
                _lastWords[id] = exit.Describe();
                SupervisorLog.Lost(logger, id, workerId, _lastWords[id]);
                if (!held)
                {
                    CountFailedStart(id);
                }
            }

            if (JobTransition.IsEnd(job.State))
            {
                _lastWords.Remove(id);
                _failedStarts.Remove(id);
            }

            worker.Process.Dispose();
            _workers.Remove(worker);
        }
    }

    /// <summary>Kills workers that are still there long after their job was to end.</summary>
    private async Task HurryAsync(CancellationToken cancellationToken)
    {
        foreach (SupervisedWorker worker in _workers)
        {
            Job? job = await store.FindAsync(worker.Assignment.JobId, cancellationToken);
            if (job is { CancelRequested: false } && JobTransition.NeedsWorker(job.State))
            {
                continue;
            }

            worker.MustStopSince ??= time.GetUtcNow();
            if (!worker.Killed && time.GetUtcNow() - worker.MustStopSince >= options.StopGrace)
            {
                Kill(worker);
            }
        }
    }

    private async Task StartWorkersAsync(CancellationToken cancellationToken)
    {
        // By place, not by name: two workers may share the CPU.
        Queue<int> free = new(Enumerable.Range(0, options.Devices.Count).Where(slot => _workers.TrueForAll(worker => worker.Slot != slot)));
        IReadOnlyList<Job> runnable = await store.ListRunnableAsync(options.Devices.Count + _workers.Count + 1, cancellationToken);
        foreach (Job job in runnable.Where(job => _workers.TrueForAll(worker => worker.Assignment.JobId != job.Id)))
        {
            if (await FailIfWornOutAsync(job, cancellationToken))
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
            _lastWords[id] = $"could not be started: {exception.Message}";
            CountFailedStart(id);
        }
    }

    /// <summary>Fails a job that has lost more workers than it may.</summary>
    private async Task<bool> FailIfWornOutAsync(Job job, CancellationToken cancellationToken)
    {
        if (job.Lease is { } expired)
        {
            await store.EndLeaseAsync(job.Id, expired.WorkerId, lost: true, cancellationToken);
        }

        int lost = job.LostWorkers + (job.Lease is null ? 0 : 1) + _failedStarts.GetValueOrDefault(job.Id);
        if (lost <= job.Spec.Limits.MaxRestarts)
        {
            return false;
        }

        string lastWords = _lastWords.GetValueOrDefault(job.Id, "stopped renewing its lease; its machine may be gone");
        var failure = new JobFailure(
            JobFailureReason.WorkerLost,
            string.Create(CultureInfo.InvariantCulture, $"{lost} workers were lost and max_restarts is {job.Spec.Limits.MaxRestarts}. The last one {lastWords}"),
            "If memory ran out, lower micro_batch_size, max_completion_length or prompts_per_step; raise max_restarts if machines come and go.");
        try
        {
            await store.TransitionAsync(job.Id, job.State, JobState.Failed, failure, "too many workers were lost", cancellationToken);
            _lastWords.Remove(job.Id);
            _failedStarts.Remove(job.Id);
        }
        catch (InvalidTransitionException)
        {
            // Another worker or supervisor was quicker; the next look sees what it did.
        }

        return true;
    }

    private async Task WaitAsync(IJobChanges changes, CancellationToken stoppingToken)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task change = changes.WaitAsync(options.LookInterval, done.Token);
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

        Task allGone = Task.WhenAll(_workers.Select(worker => worker.Process.Exited));
        await Task.WhenAny(allGone, Task.Delay(options.StopGrace, time, CancellationToken.None));
        foreach (SupervisedWorker worker in _workers.Where(worker => !worker.Process.Exited.IsCompleted))
        {
            Kill(worker);
        }

        await allGone;
        try
        {
            await BuryTheDeadAsync(lostMatters: false, CancellationToken.None);
        }
        catch (DbException exception)
        {
            // Their leases run out by themselves.
            SupervisorLog.StoreFailed(logger, exception);
        }
    }

    private void Kill(SupervisedWorker worker)
    {
        SupervisorLog.Killed(logger, worker.Assignment.JobId, worker.Assignment.WorkerId, options.StopGrace);
        worker.Killed = true;
        worker.Process.Kill();
    }

    private void CountFailedStart(JobId id) => _failedStarts[id] = _failedStarts.GetValueOrDefault(id) + 1;
}
