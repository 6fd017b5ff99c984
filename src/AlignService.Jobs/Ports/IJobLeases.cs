using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>
/// Who may work on which job, and the states that a worker moves it through. Every method is one statement or one transaction. Writes under a lease name its
/// fencing token and throw <see cref="LeaseLostException"/> when the lease is no longer the job's; an unknown job is a <see cref="JobNotFoundException"/>.
/// </summary>
public interface IJobLeases
{
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
    /// Expires the lease of a worker that is known to be gone; nothing happens where it holds none. With <paramref name="lost"/>, an active job counts one
    /// more lost worker.
    /// </summary>
    Task ExpireAsync(JobId id, string workerId, bool lost, CancellationToken cancellationToken);

    /// <summary>Moves a leased job to another state, with its event. The lease stays.</summary>
    /// <exception cref="InvalidTransitionException">The table of transitions does not allow it.</exception>
    Task<Job> TransitionAsync(JobLease lease, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken);

    /// <summary>Moves a job that nobody holds; whatever lease there was before can write no more.</summary>
    /// <exception cref="InvalidTransitionException">It is no longer in that state, somebody holds it, or the table does not allow it.</exception>
    Task<Job> TransitionAsync(JobId id, JobState from, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken);

    /// <summary>Pauses a leased job if that is still asked for; else it stays as it is. The lease stays.</summary>
    Task<Job> PauseAsync(JobLease lease, string reason, CancellationToken cancellationToken);
}

/// <summary>The answer to a renewal.</summary>
public sealed record LeaseRenewal(JobLease Lease, bool CancelRequested);
