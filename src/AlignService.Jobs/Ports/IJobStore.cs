using AlignService.Jobs.Events;
using AlignService.Jobs.Specs;

namespace AlignService.Jobs.Ports;

/// <summary>
/// The durable record of jobs: the only thing that the API and the workers share. Every method is one transaction.
/// Writes under a lease name its fencing token and throw <see cref="LeaseLostException"/> when a newer lease exists.
/// </summary>
public interface IJobStore
{
    /// <summary>Creates the schema or brings it up to date.</summary>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Queues a job, or returns the one that the same request id made before.</summary>
    /// <exception cref="RequestIdReusedException">The request id was used with another spec.</exception>
    Task<Job> CreateAsync(JobId id, JobSpec spec, string? requestId, CancellationToken cancellationToken);

    Task<Job?> FindAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Jobs newest first, those in <paramref name="states"/> (empty: all), after the page token's job.</summary>
    Task<JobPage> ListAsync(IReadOnlyCollection<JobState> states, int pageSize, string? pageToken, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the oldest job that may run: queued with every job of its `After` succeeded, or active with an expired lease. Null where there is none.
    /// Raises the attempt and the fencing token.
    /// </summary>
    Task<JobLease?> ClaimAsync(string workerId, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Takes one given job, as <see cref="ClaimAsync(string, TimeSpan, CancellationToken)"/> would.</summary>
    Task<JobLease?> ClaimAsync(JobId id, string workerId, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Keeps the lease, and tells whether a cancel was requested.</summary>
    Task<LeaseRenewal> RenewAsync(JobLease lease, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Gives the lease back; the job's state stays.</summary>
    Task ReleaseAsync(JobLease lease, CancellationToken cancellationToken);

    /// <summary>Moves a leased job to another state, with its event.</summary>
    /// <exception cref="InvalidTransitionException">The table of transitions does not allow it.</exception>
    Task<Job> TransitionAsync(JobLease lease, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken);

    /// <summary>Moves a job that nobody holds (a queued one that is cancelled, one whose dependency failed, one that lost too many workers).</summary>
    Task<Job> TransitionAsync(JobId id, JobState from, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken);

    /// <summary>Marks the job as to be cancelled. Durable; changes nothing on an ended job.</summary>
    Task<Job> RequestCancelAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>
    /// Appends what is new of these events and records the progress, in one transaction. An event that is there already (same step, kind and key) is
    /// skipped; if it is a metric event whose numbers differ, a <see cref="Divergence"/> is appended for each.
    /// </summary>
    Task AppendAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken);

    /// <summary>Events with a larger cursor, in order.</summary>
    Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, long afterCursor, int limit, CancellationToken cancellationToken);

    /// <summary>Records a checkpoint that is whole on disk, with its event.</summary>
    Task AddCheckpointAsync(JobLease lease, JobCheckpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>Forgets a checkpoint, before its directory is removed.</summary>
    Task RemoveCheckpointAsync(JobLease lease, int step, CancellationToken cancellationToken);

    /// <summary>Checkpoints by rising step.</summary>
    Task<IReadOnlyList<JobCheckpoint>> ListCheckpointsAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Returns soon after something about the job (or, with null, about any job) may have changed, or after <paramref name="atMost"/>.</summary>
    Task WaitForChangeAsync(JobId? id, TimeSpan atMost, CancellationToken cancellationToken);
}
