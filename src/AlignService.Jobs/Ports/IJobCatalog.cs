using AlignService.Specs;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>
/// The durable catalogue of jobs: what users submit, find and ask for. Every method is one statement or one transaction. An unknown job is a
/// <see cref="JobNotFoundException"/> in every method but <see cref="FindAsync"/>.
/// </summary>
public interface IJobCatalog
{
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
    /// Marks the job as to be cancelled. Durable. One that nobody holds is cancelled at once; else its worker, or the worker's supervisor, does it.
    /// Changes nothing on an ended job.
    /// </summary>
    Task<Job> RequestCancelAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>
    /// Marks the job as to be paused. Durable. One that nobody holds is paused at once; else its worker does it after the current step. Changes nothing on a
    /// paused job.
    /// </summary>
    /// <exception cref="InvalidTransitionException">It has ended, or is being cancelled.</exception>
    Task<Job> RequestPauseAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Queues a paused job again; withdraws a pause request that is still pending. Changes nothing on a job that runs.</summary>
    /// <exception cref="InvalidTransitionException">It has ended.</exception>
    Task<Job> ResumeAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>
    /// Brings the jobs without a worker to the state that was asked for: ends those to be cancelled that nobody holds, pauses those to be paused, and fails
    /// queued ones with a failed or cancelled job in `After` (reason dependency_failed). Returns how many.
    /// </summary>
    Task<int> ReconcileAsync(CancellationToken cancellationToken);

    /// <summary>Starts following the changes of a job (null: of every job). Follow first, then read: what changes after this call wakes the next wait.</summary>
    Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken);
}

/// <summary>One page of a list of jobs.</summary>
/// <param name="Jobs">Newest first.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, string? NextPageToken);

/// <summary>Wakes its one holder when something may have changed. A change between two waits ends the next one at once.</summary>
public interface IJobChanges : IAsyncDisposable
{
    /// <summary>Returns soon after a change, or after <paramref name="atMost"/>. May return without one: read again and see.</summary>
    Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken);
}
