using AlignService.Jobs.Events;
using AlignService.Specs;

namespace AlignService.Jobs.Ports;

/// <summary>
/// The durable record of jobs: the only thing that the API and the workers share. Every method is one statement or one transaction.
/// Writes under a lease name its fencing token and throw <see cref="LeaseLostException"/> when the lease is no longer the job's.
/// An unknown job is a <see cref="JobNotFoundException"/> in every method but <see cref="FindAsync"/>.
/// </summary>
public interface IJobStore : IAsyncDisposable
{
    /// <summary>Creates the schema or brings it up to date. Any number of processes may do so at once.</summary>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>Queues a job, or returns the one that the same request id made before.</summary>
    /// <exception cref="RequestIdReusedException">The request id was used with another spec.</exception>
    Task<Job> CreateAsync(JobId id, JobSpec spec, string? requestId, CancellationToken cancellationToken);

    /// <summary>The job that this request id made; null where it made none.</summary>
    /// <exception cref="RequestIdReusedException">It made one from another spec.</exception>
    Task<Job?> FindByRequestAsync(string requestId, JobSpec spec, CancellationToken cancellationToken);

    Task<Job?> FindAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Jobs newest first, those in <paramref name="states"/> (empty: all), after the page token's job.</summary>
    /// <exception cref="PageTokenException">The token is not one of ours, or belongs to a list of other states.</exception>
    Task<JobPage> ListAsync(IReadOnlyCollection<JobState> states, int pageSize, string? pageToken, CancellationToken cancellationToken);

    /// <summary>
    /// Jobs that a claim would take now, oldest first: not to be cancelled or paused, and queued with every job of its `After` succeeded, or active while
    /// nobody holds a live lease.
    /// </summary>
    Task<IReadOnlyList<Job>> ListRunnableAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Takes the oldest runnable job; null where there is none. Raises the attempt and the fencing token.</summary>
    Task<JobLease?> ClaimAsync(string workerId, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Takes one given job if it is runnable.</summary>
    Task<JobLease?> ClaimAsync(JobId id, string workerId, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Keeps the lease, and tells whether a cancel was requested.</summary>
    Task<LeaseRenewal> RenewAsync(JobLease lease, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Gives the lease back; the job's state stays, and another worker may take it up at once.</summary>
    Task ReleaseAsync(JobLease lease, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the lease of a worker that is known to be gone; nothing happens where it holds none. With <paramref name="lost"/>, an active job counts one
    /// more lost worker.
    /// </summary>
    Task EndLeaseAsync(JobId id, string workerId, bool lost, CancellationToken cancellationToken);

    /// <summary>Moves a leased job to another state, with its event. The lease stays.</summary>
    /// <exception cref="InvalidTransitionException">The table of transitions does not allow it.</exception>
    Task<Job> TransitionAsync(JobLease lease, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken);

    /// <summary>Moves a job that nobody holds; whatever lease there was before can write no more.</summary>
    /// <exception cref="InvalidTransitionException">It is no longer in that state, somebody holds it, or the table does not allow it.</exception>
    Task<Job> TransitionAsync(JobId id, JobState from, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken);

    /// <summary>
    /// Marks the job as to be cancelled. Durable. One that nobody holds is cancelled at once; else its worker, or the worker's supervisor, does it.
    /// Changes nothing on an ended job.
    /// </summary>
    Task<Job> RequestCancelAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>
    /// Marks the job as to be paused. Durable. One that nobody holds is paused at once; else its worker does it after the step in hand. Changes nothing on a
    /// paused job.
    /// </summary>
    /// <exception cref="InvalidTransitionException">It has ended, or is being cancelled.</exception>
    Task<Job> RequestPauseAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Queues a paused job again; takes a pause back that is yet to come. Changes nothing on a job that runs.</summary>
    /// <exception cref="InvalidTransitionException">It has ended.</exception>
    Task<Job> ResumeAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Pauses a leased job if that is still asked for; else it stays as it is. The lease stays.</summary>
    Task<Job> PauseAsync(JobLease lease, string reason, CancellationToken cancellationToken);

    /// <summary>
    /// Ends or pauses the jobs for which no worker will do it: those to be cancelled or paused that nobody holds, and queued ones with a failed or cancelled
    /// job in `After` (failed, reason dependency_failed). Returns how many.
    /// </summary>
    Task<int> SettleAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Appends what is new of these events, with cursors and the time of now, and records the progress, in one transaction. An event that is there
    /// already (same step, kind and key) is skipped; if it is a metric event whose numbers differ, a <see cref="Divergence"/> is appended for each.
    /// Progress falls only by <see cref="RollBackAsync"/>.
    /// </summary>
    Task AppendAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken);

    /// <summary>As <see cref="AppendAsync"/>, and marks the job as to be paused, in the same transaction.</summary>
    Task AppendAndPauseAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken);

    /// <summary>Appends what led to it, counts a rollback and sets the progress back, in one transaction.</summary>
    Task RollBackAsync(JobLease lease, int toStep, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken);

    /// <summary>Events with a larger cursor, in order.</summary>
    Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, long afterCursor, int limit, CancellationToken cancellationToken);

    /// <summary>Metric events up to a step whose key is, or ends with a '/' and, <paramref name="key"/>; in order.</summary>
    Task<IReadOnlyList<JobEvent>> ReadMetricsAsync(JobId id, string key, int lastStep, CancellationToken cancellationToken);

    /// <summary>Records a checkpoint that is whole on disk, with its event.</summary>
    Task AddCheckpointAsync(JobLease lease, JobCheckpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>Forgets a checkpoint, before its directory is removed.</summary>
    Task RemoveCheckpointAsync(JobLease lease, int step, CancellationToken cancellationToken);

    /// <summary>Checkpoints by rising step.</summary>
    Task<IReadOnlyList<JobCheckpoint>> ListCheckpointsAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Starts following the changes of a job (null: of every job). Follow first, then read: what changes after this call wakes the next wait.</summary>
    Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken);
}
