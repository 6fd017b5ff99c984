using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;
using AlignService.Store.Tables;

namespace AlignService.Store;

/// <summary>The catalog of jobs in a relational database.</summary>
internal sealed class SqlJobCatalog(SqlTransactions transactions) : IJobCatalog, IDisposable
{
    private readonly JobLocks _locks = new(transactions.Dialect);

    private readonly JobCreation _creation = new(transactions);

    public void Dispose() => _creation.Dispose();

    public Task<Job> CreateAsync(JobId id, JobSpec spec, string? requestId, CancellationToken cancellationToken, int maxQueued = int.MaxValue, ProjectId? project = null, Action<JobSpec>? confirm = null) =>
        _creation.CreateAsync(NewJob.Of(id, project, spec, requestId, maxQueued) with { Confirm = confirm }, cancellationToken);

    public Task<IReadOnlyList<Job>> CreateAllAsync(IReadOnlyList<PlannedJob> jobs, CancellationToken cancellationToken, int maxQueued = int.MaxValue, ProjectId? project = null, Action<JobSpec>? confirm = null) =>
        _creation.CreateAllAsync([.. jobs.Select(job => NewJob.Of(job.Id, project, job.Spec, job.RequestId, maxQueued) with { Confirm = confirm })], cancellationToken);

    public Task<Job> CreateForkAsync(
        JobId id, JobSpec spec, NewFork fork, string? requestId, CancellationToken cancellationToken, int maxQueued = int.MaxValue, ProjectId? project = null, Action<JobSpec>? confirm = null) =>
        _creation.CreateAsync(NewJob.Of(id, project, spec, requestId, maxQueued) with { Fork = fork, Confirm = confirm }, cancellationToken);

    public Task<Job?> FindForkByRequestAsync(string requestId, string requestHash, CancellationToken cancellationToken, ProjectId? project = null) =>
        transactions.ReadAsync(
            session => JobCreation.FindByRequestAsync(session, NewJob.RequestOf(project ?? ProjectId.Default, requestId), before => before.Fork?.RequestHash == requestHash), cancellationToken);

    public Task ReserveFolderAsync(JobId id, TimeSpan patience, CancellationToken cancellationToken) =>
        transactions.WriteAsync(session => DeletionTable.NoteAsync(session, id, transactions.Now() + patience), cancellationToken);

    public Task<Job> ExtendAsync(JobId id, JobSpec spec, int totalSteps, CancellationToken cancellationToken, Action<JobSpec>? confirm = null) =>
        transactions.WriteAsync(
            async session =>
            {
                await transactions.Dialect.LockCreationAsync(session);
                Job job = await _locks.LockAsync(session, id);
                DateTimeOffset now = transactions.Now();
                if (job.State != JobState.Succeeded || job.IsHeldAt(now))
                {
                    string state = job.State == JobState.Succeeded ? "succeeded, but its worker has not exited yet" : job.State.ToText();
                    throw new InvalidTransitionException($"{id.ResourceName} is {state}; only a job that has succeeded can be extended.");
                }

                confirm?.Invoke(spec);
                await JobTable.ChangeSpecAsync(session, id, spec, totalSteps);
                return await StateTable.MoveUnheldAsync(session, job with { Spec = spec, TotalSteps = totalSteps }, JobState.Queued, null, $"extended to {totalSteps} steps", now);
            },
            cancellationToken);

    public async Task<JobSpec> ReadSpecAsync(JobId id, CancellationToken cancellationToken) =>
        await transactions.ReadAsync(session => JobTable.ReadSpecAsync(session, id), cancellationToken) ?? throw new JobNotFoundException(id);

    public Task<Job?> FindByRequestAsync(string requestId, JobSpec spec, CancellationToken cancellationToken, ProjectId? project = null) =>
        transactions.ReadAsync(
            session =>
            {
                NewJob asked = NewJob.Of(default, project, spec, requestId, int.MaxValue);
                return JobCreation.FindByRequestAsync(session, asked.RequestId!, asked.AsksForSame);
            },
            cancellationToken);

    public Task<Job?> FindAsync(JobId id, CancellationToken cancellationToken, ProjectId? project = null) =>
        transactions.ReadAsync(session => project is { } owner ? JobTable.FindAsync(session, id, owner) : JobTable.FindAsync(session, id), cancellationToken);

    public async Task<JobPage> ListAsync(
        IReadOnlyCollection<JobState> states, int pageSize, string? pageToken, CancellationToken cancellationToken, ProjectId? project = null, JobFilter? filter = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pageSize);
        var query = new JobQuery([.. states], project, filter ?? new JobFilter());
        PageToken? after = string.IsNullOrEmpty(pageToken) ? null : PageToken.Read(pageToken, query);
        List<Job> found = await transactions.ReadAsync(session => JobListTable.PageAsync(session, query, after, pageSize + 1), cancellationToken);
        List<Job> page = [.. found.Take(pageSize)];
        return new JobPage(page, found.Count > pageSize ? PageToken.Write(page[^1], query) : null);
    }

    public Task<IReadOnlyDictionary<JobId, (JobId After, JobState State)>> FindBlockersAsync(IReadOnlyCollection<JobId> ids, CancellationToken cancellationToken) =>
        transactions.ReadAsync(session => JobListTable.FindBlockersAsync(session, [.. ids]), cancellationToken);

    public Task<Job> RequestCancelAsync(JobId id, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, id);
                if (JobTransition.IsEnd(job.State))
                {
                    return job;
                }

                DateTimeOffset now = transactions.Now();
                Job marked = job.CancelRequested ? job : await StateTable.RequestCancelAsync(session, job, now);
                return marked.IsHeldAt(now) ? marked : await StateTable.MoveUnheldAsync(session, marked, JobState.Cancelled, null, "cancelled on request", now);
            },
            cancellationToken);

    public Task<Job> RequestPauseAsync(JobId id, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, id);
                if (job.State == JobState.Paused)
                {
                    return job;
                }

                if (JobTransition.IsEnd(job.State) || job.CancelRequested)
                {
                    string state = JobTransition.IsEnd(job.State) ? job.State.ToText() : "being cancelled";
                    throw new InvalidTransitionException($"{id.ResourceName} is {state}; only a job that is queued, preparing or running can be paused.");
                }

                DateTimeOffset now = transactions.Now();
                Job marked = await StateTable.RequestPauseAsync(session, job, pause: true, now);
                return marked.IsHeldAt(now) ? marked : await StateTable.MoveUnheldAsync(session, marked, JobState.Paused, null, "paused on request", now);
            },
            cancellationToken);

    public Task<Job> ResumeAsync(JobId id, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, id);
                DateTimeOffset now = transactions.Now();
                return job switch
                {
                    { State: JobState.Paused } => await StateTable.MoveUnheldAsync(session, job, JobState.Queued, null, "resumed on request", now),
                    { PauseRequested: true } => await StateTable.RequestPauseAsync(session, job, pause: false, now),
                    _ when JobTransition.IsEnd(job.State) =>
                        throw new InvalidTransitionException($"{id.ResourceName} is {job.State.ToText()}; only a paused job can be resumed. Its last checkpoint can be the model of a new job."),
                    _ => job,
                };
            },
            cancellationToken);

    public Task DeleteAsync(JobId id, CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, id);
                DateTimeOffset now = transactions.Now();
                if (!JobTransition.IsEnd(job.State) || job.IsHeldAt(now))
                {
                    string state = JobTransition.IsEnd(job.State) ? $"{job.State.ToText()}, but its worker has not exited yet" : job.State.ToText();
                    throw new InvalidTransitionException($"{id.ResourceName} is {state}; only a job that has ended can be deleted. Cancel it first.");
                }

                IReadOnlyList<JobId> users = await DeletionTable.NeededByAsync(session, id);
                if (users.Count > 0)
                {
                    throw new JobInUseException(id, users);
                }

                await DeletionTable.DeleteAsync(session, job, now);
            },
            cancellationToken);

    public async Task<IReadOnlyList<JobId>> ListDeletedAsync(CancellationToken cancellationToken) =>
        await transactions.ReadAsync(session => DeletionTable.ListAsync(session, transactions.Now()), cancellationToken);

    public Task ForgetDeletedAsync(JobId id, CancellationToken cancellationToken) => transactions.WriteAsync(session => DeletionTable.ForgetAsync(session, id), cancellationToken);

    public Task<int> ReconcileAsync(CancellationToken cancellationToken) =>
        transactions.WriteAsync(
            async session =>
            {
                DateTimeOffset now = transactions.Now();
                return await MoveAllAsync(session, await _locks.LockToCancelAsync(session, now), JobState.Cancelled, "cancelled on request", now)
                    + await MoveAllAsync(session, await _locks.LockToPauseAsync(session, now), JobState.Paused, "paused on request", now)
                    + await FailBlockedAsync(session, now);
            },
            cancellationToken);

    public Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken) => transactions.Dialect.Changes.FollowAsync(id, cancellationToken);

    private static async Task<int> MoveAllAsync(SqlSession session, List<Job> jobs, JobState to, string reason, DateTimeOffset now)
    {
        foreach (Job job in jobs)
        {
            await StateTable.MoveUnheldAsync(session, job, to, null, reason, now);
        }

        return jobs.Count;
    }

    private async Task<int> FailBlockedAsync(SqlSession session, DateTimeOffset now)
    {
        int failed = 0;

        // A job that fails here may itself be waited for.
        while (await _locks.LockBlockedAsync(session) is { Count: > 0 } blocked)
        {
            foreach ((Job job, JobId after, JobState afterState) in blocked)
            {
                var failure = new JobFailure(
                    JobFailureReason.DependencyFailed,
                    $"it was scheduled after {after.ResourceName}, which {(afterState == JobState.Failed ? "failed" : "was cancelled")}.",
                    $"See why with `show {after.Value}`, run that job again, and submit this job to run after it.");
                await StateTable.MoveUnheldAsync(session, job, JobState.Failed, failure, failure.Message, now);
                failed++;
            }
        }

        return failed;
    }
}
