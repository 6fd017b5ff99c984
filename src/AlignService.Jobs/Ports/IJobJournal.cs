using AlignService.Jobs.Events;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>
/// What happened in a job: its events, progress and checkpoints. Every method is one statement or one transaction. Writes name the lease's fencing token and
/// throw <see cref="LeaseLostException"/> when the lease is no longer valid; an unknown job is a <see cref="JobNotFoundException"/>.
/// </summary>
public interface IJobJournal
{
    /// <summary>
    /// Appends the new ones among these events, with cursors and the current time, and records the progress, in one transaction. An event that exists
    /// already (same step, kind and key) is skipped; if it is a metric event whose numbers differ, a <see cref="Divergence"/> is appended for each.
    /// Progress decreases only by <see cref="RollBackAsync"/>.
    /// </summary>
    Task AppendAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken);

    /// <summary>As <see cref="AppendAsync"/>, and requests that the job be paused, in the same transaction.</summary>
    Task AppendAndPauseAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken);

    /// <summary>Appends the events that led to it, counts a rollback and resets the progress, in one transaction.</summary>
    Task RollBackAsync(JobLease lease, int toStep, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken);

    /// <summary>Events with a larger cursor, in order.</summary>
    Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, long afterCursor, int limit, CancellationToken cancellationToken);

    /// <summary>Metric events up to a step whose key is, or ends with a '/' and, <paramref name="key"/>; in order.</summary>
    Task<IReadOnlyList<JobEvent>> ReadMetricsAsync(JobId id, string key, int lastStep, CancellationToken cancellationToken);

    /// <summary>Records a complete checkpoint on disk, with its event.</summary>
    Task AddCheckpointAsync(JobLease lease, JobCheckpoint checkpoint, CancellationToken cancellationToken);

    /// <summary>
    /// Deletes the record of a checkpoint, before its directory is removed. False where it stays, because another job that has not ended began with it; with
    /// <paramref name="evenIfUsed"/>, it goes all the same.
    /// </summary>
    Task<bool> RemoveCheckpointAsync(JobLease lease, int step, bool evenIfUsed, CancellationToken cancellationToken);

    /// <summary>Checkpoints by rising step.</summary>
    Task<IReadOnlyList<JobCheckpoint>> ListCheckpointsAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>The checkpoint that the leased job began with under a name such as jobs/{job}/checkpoints/best; null where it has not begun.</summary>
    Task<UsedCheckpoint?> FindModelAsync(JobId id, string reference, CancellationToken cancellationToken);

    /// <summary>
    /// Records that the leased job begins with a checkpoint, and returns the one that is recorded, which is the first. Null where the other job's checkpoint is no longer recorded: it may be
    /// gone at any moment. A job that is not in this store is not asked.
    /// </summary>
    Task<UsedCheckpoint?> UseModelAsync(JobLease lease, string reference, UsedCheckpoint used, CancellationToken cancellationToken);

    /// <summary>Folders of a job's checkpoints that other jobs which have not ended began with, recorded or not.</summary>
    Task<IReadOnlyList<string>> ListUsedFoldersAsync(JobId source, CancellationToken cancellationToken);

    /// <summary>The last attempts, in order.</summary>
    Task<IReadOnlyList<AttemptRecord>> ListAttemptsAsync(JobId id, int limit, CancellationToken cancellationToken);
}
