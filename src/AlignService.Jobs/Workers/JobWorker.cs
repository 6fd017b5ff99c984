using System.Data.Common;
using System.Text.Json;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Runs;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Workers;

/// <summary>Works on one job: claims its lease, trains to the end or an interruption, and decides the outcome.</summary>
public sealed class JobWorker(
    JobWorkerPorts ports, ITrainingRunFactory runs, JobWorkerOptions options, TimeProvider time, ILogger<JobWorker> logger)
{
    /// <param name="id">The job.</param>
    /// <param name="workerId">Names this process in the lease.</param>
    /// <param name="stoppingToken">The process must stop: the job is released and waits for the next worker.</param>
    public async Task<WorkerOutcome> RunAsync(JobId id, string workerId, CancellationToken stoppingToken)
    {
        JobLease? lease = await ports.Leases.ClaimAsync(id, workerId, options.LeaseDuration, stoppingToken);
        if (lease is null)
        {
            return WorkerOutcome.NotRunnable;
        }

        using IDisposable? scope = WorkerLog.JobScope(logger, id);
        Job job = (await ports.Catalog.FindAsync(id, stoppingToken))! with { Lease = lease }; // a leased job is not deleted
        WorkerLog.Started(logger, id, workerId, job.Attempt);
        WorkerOutcome outcome;
        await using (var keeper = new LeaseKeeper(ports, job, options, time, logger, stoppingToken))
        {
            outcome = await WorkAsync(job, keeper);
        }

        WorkerLog.Ended(logger, id, outcome);
        return outcome;
    }

    /// <summary>The one place that decides the outcome. Everything that the run held is freed before the end is recorded.</summary>
    private async Task<WorkerOutcome> WorkAsync(Job job, LeaseKeeper keeper)
    {
        try
        {
            for (bool again = false; ; again = true)
            {
                AttemptResult result = await TrainAsync(job, keeper, again);
                if (result.End == AttemptEnd.Done)
                {
                    return await EndAsync(job, JobState.Succeeded, null, result.Reason);
                }

                if (result.End == AttemptEnd.Paused && await PauseAsync(job, result.Reason) is { } paused)
                {
                    return paused;
                }

                // It rolled back, or the pause was withdrawn while its checkpoint was written: the same worker continues.
                job = (await ports.Catalog.FindAsync(job.Id, keeper.Interrupted))! with { Lease = job.Lease }; // a leased job is not deleted
            }
        }
        catch (Exception exception) when (exception is LeaseLostException || keeper.Cause == Interruption.LeaseLost)
        {
            return WorkerOutcome.LeaseLost;
        }
        catch (OperationCanceledException) when (keeper.Cause == Interruption.Stopping)
        {
            await ports.Leases.ReleaseAsync(job.HeldLease, CancellationToken.None);
            return WorkerOutcome.Stopped;
        }
        catch (OperationCanceledException) when (keeper.Cause == Interruption.CancelRequested)
        {
            return await EndAsync(job, JobState.Cancelled, null, "cancelled on request");
        }
        catch (OperationCanceledException) when (keeper.Cause == Interruption.TimeLimit)
        {
            JobFailure failure = FailureOf.TimeLimit(job.Spec.Limits.MaxDuration!.Value); // the limit that was reached
            return await EndAsync(job, JobState.Failed, failure, failure.Message);
        }
        catch (Exception exception) when (exception is not DbException)
        {
            // A store that cannot be reached says nothing about the job: that ends the process, and the next worker continues.
            WorkerLog.Failed(logger, exception, job.Id);
            JobFailure failure = FailureOf.Exception(exception);
            return await EndAsync(job, JobState.Failed, failure, failure.Message);
        }
    }

    private async Task<AttemptResult> TrainAsync(Job job, LeaseKeeper keeper, bool again)
    {
        await using var thread = new TrainingThread();
        Job whole = job with { Spec = await ports.Catalog.ReadSpecAsync(job.Id, keeper.Interrupted) };
        ITrainingRun run = await thread.RunAsync(() => runs.Create(whole));
        try
        {
            var context = new AttemptContext(job, run, thread, ports.Journal);
            var attempt = new JobAttempt(ports, context, options.LeaseDuration, time) { SameWorker = again };
            return await attempt.RunAsync(() => keeper.PauseRequested, keeper.Interrupted);
        }
        finally
        {
            await thread.RunAsync(run.Dispose);
        }
    }

    /// <summary>Null where the pause was withdrawn.</summary>
    private async Task<WorkerOutcome?> PauseAsync(Job job, string reason)
    {
        Job paused = await ports.Leases.PauseAsync(job.HeldLease, reason, CancellationToken.None);
        if (paused.State != JobState.Paused)
        {
            return null;
        }

        await GiveBackAsync(job);
        return WorkerOutcome.Paused;
    }

    /// <summary>A supervisor releases the lease itself, when the process has exited.</summary>
    private Task GiveBackAsync(Job job) => options.Supervised ? Task.CompletedTask : ports.Leases.ReleaseAsync(job.HeldLease, CancellationToken.None);

    /// <summary>After the end is recorded: until then another worker may have to go on. What is left undone here, the sweep of the supervisor does.</summary>
    private void DropTrainerState(Job job, JobState end)
    {
        if (!job.Spec.Kind.Checkpoint.KeepsTrainerState(end))
        {
            try
            {
                ports.Checkpoints.DropTrainerState(job.Id);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
            {
                WorkerLog.TrainerStateKept(logger, exception, job.Id);
            }
        }
    }

    private async Task<WorkerOutcome> EndAsync(Job job, JobState state, JobFailure? failure, string reason)
    {
        try
        {
            await ports.Leases.TransitionAsync(job.HeldLease, state, failure, reason, CancellationToken.None);
            DropTrainerState(job, state);
            await GiveBackAsync(job);
        }
        catch (LeaseLostException)
        {
            return WorkerOutcome.LeaseLost;
        }

        return state switch
        {
            JobState.Succeeded => WorkerOutcome.Succeeded,
            JobState.Cancelled => WorkerOutcome.Cancelled,
            _ => WorkerOutcome.Failed,
        };
    }
}

/// <summary>How a worker keeps its lease.</summary>
public sealed record JobWorkerOptions
{
    /// <summary>How long the job stays with a worker that no longer responds.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time between renewals; well under <see cref="LeaseDuration"/>.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// Leave the lease of an ended job to the supervisor, which expires it when the process has exited: a cancel call returns only then. Without a supervisor,
    /// the worker releases it as its last action.
    /// </summary>
    public bool Supervised { get; init; }
}

/// <summary>What a worker needs: the store, and the checkpoints on disk.</summary>
public sealed record JobWorkerPorts(IJobCatalog Catalog, IJobLeases Leases, IJobJournal Journal, ICheckpointStore Checkpoints);
