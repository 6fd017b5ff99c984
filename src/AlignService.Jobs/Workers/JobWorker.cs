using AlignService.Jobs.Ports;
using AlignService.Jobs.Runs;
using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Workers;

/// <summary>Works on one job: claims its lease, trains to the end or an interruption, and decides the outcome.</summary>
public sealed class JobWorker(
    JobWorkerPorts ports, ITrainingRunFactory runs, JobWorkerOptions options, TimeProvider time, ILogger<JobWorker> logger)
{
    /// <summary>Opens the store before the job is claimed. Waits where the store's disk is full: a process that exited instead would count as a lost worker.</summary>
    public Task OpenStoreAsync(JobId id, Func<Task> open, CancellationToken stoppingToken) =>
        new StorageWait(id, time, logger, stoppingToken).RunAsync("the store", open, stoppingToken);

    /// <param name="id">The job.</param>
    /// <param name="workerId">Names this process in the lease.</param>
    /// <param name="stoppingToken">The process must stop: the job is released and waits for the next worker.</param>
    public async Task<WorkerOutcome> RunAsync(JobId id, string workerId, CancellationToken stoppingToken)
    {
        var storage = new StorageWait(id, time, logger, stoppingToken);
        JobWorkerPorts patient = PatientPorts.Around(ports, storage);
        JobLease? lease = await patient.Leases.ClaimAsync(id, workerId, options.LeaseDuration, stoppingToken, options.Place);
        if (lease is null)
        {
            return WorkerOutcome.NotRunnable;
        }

        using IDisposable? scope = WorkerLog.JobScope(logger, id);
        Job job = (await ports.Catalog.FindAsync(id, stoppingToken))! with { Lease = lease }; // a leased job is not deleted
        WorkerLog.Started(logger, id, workerId, job.Attempt, options.Place.Device);
        WorkerOutcome outcome;
        await using (var keeper = new LeaseKeeper(ports, job, options, () => runs.Heartbeat, time, logger, stoppingToken))
        {
            Task<WorkerOutcome> work = new JobWork(patient, ports.Journal, storage, new JobWorkTools(runs, options, time, logger)).RunAsync(job, keeper);
            outcome = await Task.WhenAny(work, keeper.Stuck) == work ? await work : WorkerOutcome.Stuck;
        }

        WorkerLog.Ended(logger, id, outcome);
        return outcome;
    }
}

/// <summary>Where a worker runs, and how it keeps its lease.</summary>
public sealed record JobWorkerOptions
{
    /// <summary>Recorded with each attempt, and a tag of every metric.</summary>
    public WorkerPlace Place { get; init; } = WorkerPlace.OnThisHost("cpu");

    /// <summary>How long the job stays with a worker that no longer responds.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time between renewals; well under <see cref="LeaseDuration"/>.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// Time between a request to stop and the end of the process. Half of it is for the step or evaluation in hand, the other half to write a checkpoint.
    /// </summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time without any progress of the training thread after which it is taken to hang: its lease is no longer renewed, and the worker ends.</summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Leave the lease of an ended job to the supervisor, which expires it when the process has exited: a cancel call returns only then. Without a supervisor,
    /// the worker releases it as its last action.
    /// </summary>
    public bool Supervised { get; init; }
}

/// <summary>What a worker needs: the store, and checkpoints and rollouts on disk.</summary>
public sealed record JobWorkerPorts(IJobCatalog Catalog, IJobLeases Leases, IJobJournal Journal, ICheckpointStore Checkpoints, RolloutPorts Rollouts);

/// <summary>How a worker's attempt at a job ended.</summary>
public enum WorkerOutcome
{
    Succeeded,
    Failed,
    Cancelled,
    Paused,

    /// <summary>The process was asked to stop; the job waits for the next worker.</summary>
    Stopped,

    /// <summary>The job could not be claimed: ended, waiting, or another worker's.</summary>
    NotRunnable,

    /// <summary>Another worker took the job over.</summary>
    LeaseLost,

    /// <summary>The training thread hangs. Its lease runs out, and the process must end: nothing else frees what the thread holds.</summary>
    Stuck,
}

/// <summary>Exit codes of a worker process. Any other code, and that of a hung one, means that the worker was lost.</summary>
public static class WorkerExitCode
{
    /// <summary>The worker exited normally, whatever the job's outcome.</summary>
    public const int Done = 0;

    public const int NotRunnable = 3;

    public const int LeaseLost = 4;

    /// <summary>The training hung; the job goes on in another worker when the lease has run out.</summary>
    public const int Stuck = 5;

    public static int Of(WorkerOutcome outcome) => outcome switch
    {
        WorkerOutcome.NotRunnable => NotRunnable,
        WorkerOutcome.LeaseLost => LeaseLost,
        WorkerOutcome.Stuck => Stuck,
        _ => Done,
    };

    /// <summary>Whether the worker exited by itself.</summary>
    public static bool IsOrderly(int code) => code is Done or NotRunnable or LeaseLost;
}
