using System.Data.Common;
using System.Text.Json;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Runs;
using AlignService.Specs;
using AlignService.Specs.JobKinds;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Workers;

/// <summary>The work on a claimed job, attempt by attempt, and its outcome.</summary>
/// <param name="ports">Those that wait where the store takes nothing.</param>
/// <param name="direct">The journal that does not wait.</param>
/// <param name="storage">Holds the job where it cannot write.</param>
/// <param name="tools">What every job's work needs.</param>
internal sealed class JobWork(JobWorkerPorts ports, IJobJournal direct, StorageWait storage, JobWorkTools tools)
{
    private int _toldCount;

    /// <summary>The one place that decides the outcome. Everything that the run held is freed before the end is recorded.</summary>
    public async Task<WorkerOutcome> RunAsync(Job job, LeaseKeeper keeper)
    {
        try
        {
            for (bool again = false; ; again = true)
            {
                AttemptResult result = await TrainAsync(job, keeper, again);
                if (result.End == AttemptEnd.Done)
                {
                    return await EndAsync(keeper, job, JobState.Succeeded, null, result.Reason);
                }

                if (result.End == AttemptEnd.Stopped)
                {
                    return await StopAsync(keeper, job);
                }

                if (result.End == AttemptEnd.Paused && await PauseAsync(keeper, job, result.Reason) is { } paused)
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
        catch (OperationCanceledException) when (keeper.IsStopping)
        {
            return await StopAsync(keeper, job);
        }
        catch (OperationCanceledException) when (keeper.Cause == Interruption.CancelRequested)
        {
            return await EndAsync(keeper, job, JobState.Cancelled, null, "cancelled on request");
        }
        catch (OperationCanceledException) when (keeper.Cause == Interruption.TimeLimit)
        {
            JobFailure failure = FailureOf.TimeLimit(job.Spec.Limits.MaxDuration!.Value); // the limit that was reached
            return await EndAsync(keeper, job, JobState.Failed, failure, failure.Message);
        }
        catch (Exception exception) when (keeper.IsStopping && exception is not DbException && StorageFault.Of(exception) is not null)
        {
            // It waited for space; the next worker will.
            WorkerLog.Failed(tools.Logger, exception, job.Id);
            return await StopAsync(keeper, job);
        }
        catch (Exception exception) when (exception is not DbException)
        {
            // A store that cannot be reached says nothing about the job: that ends the process, and the next worker continues.
            WorkerLog.Failed(tools.Logger, exception, job.Id);
            JobFailure failure = FailureOf.Exception(exception);
            return await EndAsync(keeper, job, JobState.Failed, failure, failure.Message);
        }
    }

    private async Task<AttemptResult> TrainAsync(Job job, LeaseKeeper keeper, bool again)
    {
        await using var thread = new TrainingThread(keeper.Pulse);
        JobSpec spec = await ports.Catalog.ReadSpecAsync(job.Id, keeper.Interrupted);
        JobKind kind = await new AttemptModels(job, ports.Journal, ports.Checkpoints, thread).SettleAsync(spec.Kind, keeper.Interrupted);
        Job whole = job with { Spec = spec with { Kind = kind } };
        ITrainingRun run = await thread.RunAsync(() => tools.Runs.Create(whole));
        run.HeedPause(() => keeper.Pausing);
        try
        {
            var context = new AttemptContext(job, run, thread, ports.Journal, tools.Options.Place);
            storage.Tell = message => TellAsync(context, message);
            var attempt = new JobAttempt(ports, context, storage, tools.Options.LeaseDuration, tools.Time) { SameWorker = again, Stopping = keeper.Stopping, IsStopping = () => keeper.IsStopping };
            return await attempt.RunAsync(() => keeper.PauseRequested, keeper.Interrupted);
        }
        finally
        {
            storage.Tell = null;
            await thread.RunAsync(run.Dispose);
        }
    }

    /// <summary>Straight to the store: where that is what takes nothing, waiting for it would be waiting for itself.</summary>
    private Task TellAsync(AttemptContext context, LogMessage message) =>
        direct.AppendAsync(context.Lease, context.CompletedSteps, context.TotalSteps, [context.Events.OfStorage(context.CompletedSteps, context.Lease.Token, ++_toldCount, message)], CancellationToken.None);

    private async Task<WorkerOutcome> StopAsync(LeaseKeeper keeper, Job job)
    {
        keeper.Finish();
        await ports.Leases.ReleaseAsync(job.HeldLease, CancellationToken.None);
        return WorkerOutcome.Stopped;
    }

    /// <summary>Null where the pause was withdrawn.</summary>
    private async Task<WorkerOutcome?> PauseAsync(LeaseKeeper keeper, Job job, string reason)
    {
        Job paused = await ports.Leases.PauseAsync(job.HeldLease, reason, CancellationToken.None);
        if (paused.State != JobState.Paused)
        {
            return null;
        }

        keeper.Finish();
        await GiveBackAsync(job);
        return WorkerOutcome.Paused;
    }

    /// <summary>A supervisor releases the lease itself, when the process has exited.</summary>
    private Task GiveBackAsync(Job job) => tools.Options.Supervised ? Task.CompletedTask : ports.Leases.ReleaseAsync(job.HeldLease, CancellationToken.None);

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
                WorkerLog.TrainerStateKept(tools.Logger, exception, job.Id);
            }
        }
    }

    private async Task<WorkerOutcome> EndAsync(LeaseKeeper keeper, Job job, JobState state, JobFailure? failure, string reason)
    {
        keeper.Finish();
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

/// <summary>What the work on every job of a worker needs.</summary>
internal sealed record JobWorkTools(ITrainingRunFactory Runs, JobWorkerOptions Options, TimeProvider Time, ILogger Logger);
