using AlignService.Specs;
using AlignService.Specs.Resources;

namespace AlignService.Jobs.Ports;

/// <summary>
/// The durable catalog of jobs: what users submit, find and request. Every method is one statement or one transaction. An unknown job is a
/// <see cref="JobNotFoundException"/> in every method except <see cref="FindAsync"/>.
/// </summary>
public interface IJobCatalog
{
    /// <summary>Queues a job, or returns the one that the same request id created before.</summary>
    /// <param name="id">Not used before.</param>
    /// <param name="spec">Whole.</param>
    /// <param name="requestId">Chosen by the caller; null for none.</param>
    /// <param name="cancellationToken">Ends the wait; the job may be created all the same.</param>
    /// <param name="maxQueued">How many jobs may be queued, this one included; exact, whoever creates others meanwhile.</param>
    /// <param name="project">Whose the job is; null: the default project's. Request ids are the project's own.</param>
    /// <param name="confirm">Throws where what a job needs has gone; called when nothing can be removed any more (<see cref="IJobSources"/>).</param>
    /// <exception cref="RequestIdReusedException">The request id was used with another spec.</exception>
    /// <exception cref="QueueFullException">There are as many already.</exception>
    Task<Job> CreateAsync(JobId id, JobSpec spec, string? requestId, CancellationToken cancellationToken, int maxQueued = int.MaxValue, ProjectId? project = null, Action<JobSpec>? confirm = null);

    /// <summary>Queues several jobs in one transaction, each after those that it names: all of them or none.</summary>
    /// <param name="jobs">Each with the request id that makes it idempotent, or null.</param>
    /// <param name="cancellationToken">Ends the wait; the jobs may be created all the same.</param>
    /// <param name="maxQueued">How many jobs may be queued, these included.</param>
    /// <param name="project">Whose they are; null: the default project's.</param>
    /// <param name="confirm">As of <see cref="CreateAsync"/>, for each.</param>
    /// <exception cref="RequestIdReusedException">A request id was used with another spec.</exception>
    /// <exception cref="QueueFullException">They would be too many.</exception>
    Task<IReadOnlyList<Job>> CreateAllAsync(IReadOnlyList<PlannedJob> jobs, CancellationToken cancellationToken, int maxQueued = int.MaxValue, ProjectId? project = null, Action<JobSpec>? confirm = null);

    /// <summary>As <see cref="CreateAsync"/>, of a fork. What it takes over is in its folder already, and is its own from the same transaction on.</summary>
    /// <exception cref="RequestIdReusedException">The request id was used for something else.</exception>
    /// <exception cref="QueueFullException">There are as many already.</exception>
    Task<Job> CreateForkAsync(
        JobId id, JobSpec spec, NewFork fork, string? requestId, CancellationToken cancellationToken, int maxQueued = int.MaxValue, ProjectId? project = null, Action<JobSpec>? confirm = null);

    /// <summary>The fork that this request id created; null where there is none.</summary>
    /// <exception cref="RequestIdReusedException">It created something else.</exception>
    Task<Job?> FindForkByRequestAsync(string requestId, string requestHash, CancellationToken cancellationToken, ProjectId? project = null);

    /// <summary>Names a folder of a job that is about to be created. Where that does not happen in time, the folder is removed with those of deleted jobs.</summary>
    Task ReserveFolderAsync(JobId id, TimeSpan patience, CancellationToken cancellationToken);

    /// <summary>Queues a succeeded job again, with another spec that has more steps; it goes on from its last checkpoint.</summary>
    /// <param name="id">The job.</param>
    /// <param name="spec">Whole.</param>
    /// <param name="totalSteps">Its steps.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="confirm">As of <see cref="CreateAsync"/>.</param>
    /// <exception cref="InvalidTransitionException">It has not succeeded, or its worker has not exited yet.</exception>
    Task<Job> ExtendAsync(JobId id, JobSpec spec, int totalSteps, CancellationToken cancellationToken, Action<JobSpec>? confirm = null);

    /// <summary>The spec with the rows of data that were given inline.</summary>
    Task<JobSpec> ReadSpecAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>The job that this request id created; null where there is none.</summary>
    /// <exception cref="RequestIdReusedException">It created a job from another spec.</exception>
    Task<Job?> FindByRequestAsync(string requestId, JobSpec spec, CancellationToken cancellationToken, ProjectId? project = null);

    /// <summary>The job of a project (null: of any); null where there is none.</summary>
    Task<Job?> FindAsync(JobId id, CancellationToken cancellationToken, ProjectId? project = null);

    /// <summary>Jobs newest first, unless the filter says otherwise: those in <paramref name="states"/> (empty: all) of a project (null: of all) that pass the filter, after the page token's job.</summary>
    /// <exception cref="PageTokenException">The token is invalid, or belongs to a list of other states.</exception>
    Task<JobPage> ListAsync(
        IReadOnlyCollection<JobState> states, int pageSize, string? pageToken, CancellationToken cancellationToken, ProjectId? project = null, JobFilter? filter = null);

    /// <summary>Of these jobs, those that wait for another to succeed, each with the first such job and its state.</summary>
    Task<IReadOnlyDictionary<JobId, (JobId After, JobState State)>> FindBlockersAsync(IReadOnlyCollection<JobId> ids, CancellationToken cancellationToken);

    /// <summary>
    /// Requests that the job be cancelled. Durable. A job without a lease is cancelled at once; otherwise its worker, or the worker's supervisor, does it.
    /// Changes nothing on an ended job.
    /// </summary>
    Task<Job> RequestCancelAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>
    /// Requests that the job be paused. Durable. A job without a lease is paused at once; otherwise its worker does it after the current step. Changes nothing on a
    /// paused job.
    /// </summary>
    /// <exception cref="InvalidTransitionException">It has ended, or is being cancelled.</exception>
    Task<Job> RequestPauseAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Queues a paused job again; withdraws a pause request that is still pending. Changes nothing on a running job.</summary>
    /// <exception cref="InvalidTransitionException">It has ended.</exception>
    Task<Job> ResumeAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Deletes the records of an ended job. Its folder is to be removed afterwards: until then the job is listed as deleted.</summary>
    /// <exception cref="InvalidTransitionException">It has not ended, or its worker has not exited yet.</exception>
    /// <exception cref="JobInUseException">Jobs that have not ended need it.</exception>
    Task DeleteAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>Deleted jobs whose folder may still be there.</summary>
    Task<IReadOnlyList<JobId>> ListDeletedAsync(CancellationToken cancellationToken);

    /// <summary>Nothing is left of a deleted job.</summary>
    Task ForgetDeletedAsync(JobId id, CancellationToken cancellationToken);

    /// <summary>
    /// Reconciles jobs without a worker with the requested state: cancels or pauses those with such a request, and fails
    /// queued ones with a failed or cancelled job in `After` (reason dependency_failed). Returns how many.
    /// </summary>
    Task<int> ReconcileAsync(CancellationToken cancellationToken);

    /// <summary>Starts following changes of a job (null: of every job). Follow first, then read: changes after this call wake the next wait.</summary>
    Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken);
}

/// <summary>One of several jobs that are created together.</summary>
public sealed record PlannedJob(JobId Id, JobSpec Spec, string? RequestId);

/// <summary>One page of a list of jobs.</summary>
/// <param name="Jobs">Newest first.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, string? NextPageToken);

/// <summary>Wakes its holder when something may have changed. A change between two waits ends the next one at once.</summary>
public interface IJobChanges : IAsyncDisposable
{
    /// <summary>Returns soon after a change, or after <paramref name="atMost"/>. May return without a change: read again to check.</summary>
    Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken);
}

/// <summary>No further job is accepted until some have started or ended.</summary>
public sealed class QueueFullException(int limit) : AlignException(
    $"{limit} jobs are already queued, which is the server's limit; wait until some have started, cancel some, or raise the limit.")
{
    public int Limit => limit;
}

/// <summary>A job that others need is not deleted.</summary>
public sealed class JobInUseException(JobId id, IReadOnlyList<JobId> users) : AlignException(
    $"{id.ResourceName} is needed by {string.Join(", ", users.Select(user => user.ResourceName))}; delete it when they have ended, or cancel them.");
