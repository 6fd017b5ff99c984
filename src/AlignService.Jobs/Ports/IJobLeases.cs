using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>
/// Who may work on which job, and the states that a worker moves it to. Every method is one statement or one transaction. Writes under a lease name its
/// fencing token and throw <see cref="LeaseLostException"/> when the lease is no longer valid; an unknown job is a <see cref="JobNotFoundException"/>.
/// </summary>
public interface IJobLeases
{
    /// <summary>
    /// Jobs that a claim would take now, oldest first: without a cancel or pause request, and queued with every job in its `After` succeeded, or active while
    /// nobody holds a valid lease.
    /// </summary>
    Task<IReadOnlyList<Job>> ListRunnableAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Claims the oldest runnable job; null where there is none. Raises the attempt and the fencing token, and records who works where.</summary>
    Task<JobLease?> ClaimAsync(string workerId, TimeSpan duration, CancellationToken cancellationToken, WorkerPlace? place = null);

    /// <summary>Claims a given job if it is runnable.</summary>
    Task<JobLease?> ClaimAsync(JobId id, string workerId, TimeSpan duration, CancellationToken cancellationToken, WorkerPlace? place = null);

    /// <summary>Renews the lease, and returns whether a cancel was requested.</summary>
    Task<LeaseRenewal> RenewAsync(JobLease lease, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Releases the lease; an active job is queued again, unless it is to be cancelled or paused, and another worker may claim it at once.</summary>
    Task ReleaseAsync(JobLease lease, CancellationToken cancellationToken);

    /// <summary>
    /// Expires the lease of a worker that has exited; does nothing where it holds none. An active job is queued again, unless it is to be cancelled or paused; with
    /// <paramref name="lost"/>, it counts one more lost worker.
    /// </summary>
    Task ExpireAsync(JobId id, string workerId, bool lost, CancellationToken cancellationToken);

    /// <summary>
    /// Queues active jobs again whose lease ran out longer ago than <paramref name="grace"/>, in which its worker could still have renewed it, and that nobody has claimed since; each
    /// counts one more lost worker. Returns how many.
    /// </summary>
    Task<int> RequeueLostAsync(TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>Moves a leased job to another state, with its event. The lease stays.</summary>
    /// <exception cref="InvalidTransitionException">The table of transitions does not allow it.</exception>
    Task<Job> TransitionAsync(JobLease lease, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken);

    /// <summary>Moves a job without a valid lease; any previous lease can no longer write.</summary>
    /// <exception cref="InvalidTransitionException">It is no longer in that state, it is leased, or the table does not allow it.</exception>
    Task<Job> TransitionAsync(JobId id, JobState from, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken);

    /// <summary>Pauses a leased job if the request is still pending; otherwise it does not change. The lease stays.</summary>
    Task<Job> PauseAsync(JobLease lease, string reason, CancellationToken cancellationToken);
}

/// <summary>The answer to a renewal.</summary>
public sealed record LeaseRenewal(JobLease Lease, bool CancelRequested);

/// <summary>Another worker holds the job now; the caller must stop at once and write nothing.</summary>
public sealed class LeaseLostException(string message) : AlignException(message);
