using System.Text.Json.Nodes;
using AlignService.Jobs;
using AlignService.Jobs.Events;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Store.Sql;
using AlignService.Store.Tables;

namespace AlignService.Store;

/// <summary>Jobs in a relational database. Every method is one transaction; what two processes race for is decided by the lock of the job's row.</summary>
internal sealed class SqlJobStore(ISqlDialect dialect, TimeProvider time) : IJobStore
{
    private const string Progress =
        """
        UPDATE jobs SET total_steps = @total, completed_steps = CASE WHEN completed_steps < @completed THEN @completed ELSE completed_steps END, update_time = @now
        WHERE id = @id
        """;

    private const string RollBack = "UPDATE jobs SET rollback_count = rollback_count + 1, completed_steps = @step, update_time = @now WHERE id = @id";

    private readonly JobLocks _locks = new(dialect);

    public Task MigrateAsync(CancellationToken cancellationToken) => new Migrator(dialect, time).MigrateAsync(cancellationToken);

    public Task<Job> CreateAsync(JobId id, JobSpec spec, string? requestId, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                if (await JobTable.InsertAsync(session, id, spec, requestId, Now()))
                {
                    return (await JobTable.FindAsync(session, id))!;
                }

                Job? before = requestId is null ? null : await FindByRequestAsync(session, requestId, spec);
                return before ?? throw new InvalidOperationException($"{id.ResourceName} exists already");
            },
            cancellationToken);

    public Task<Job?> FindByRequestAsync(string requestId, JobSpec spec, CancellationToken cancellationToken) =>
        ReadAsync(session => FindByRequestAsync(session, requestId, spec), cancellationToken);

    public Task<Job?> FindAsync(JobId id, CancellationToken cancellationToken) => ReadAsync(session => JobTable.FindAsync(session, id), cancellationToken);

    public async Task<JobPage> ListAsync(IReadOnlyCollection<JobState> states, int pageSize, string? pageToken, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pageSize);
        PageToken? after = string.IsNullOrEmpty(pageToken) ? null : PageToken.Read(pageToken, states);
        List<Job> found = await ReadAsync(session => JobTable.PageAsync(session, [.. states], after, pageSize + 1), cancellationToken);
        List<Job> page = [.. found.Take(pageSize)];
        return new JobPage(page, found.Count > pageSize ? PageToken.Write(page[^1], states) : null);
    }

    public async Task<IReadOnlyList<Job>> ListRunnableAsync(int limit, CancellationToken cancellationToken) =>
        await ReadAsync(session => JobTable.RunnableAsync(session, Now(), limit), cancellationToken);

    public Task<JobLease?> ClaimAsync(string workerId, TimeSpan duration, CancellationToken cancellationToken) =>
        ClaimAnyAsync(null, workerId, duration, cancellationToken);

    public Task<JobLease?> ClaimAsync(JobId id, string workerId, TimeSpan duration, CancellationToken cancellationToken) =>
        ClaimAnyAsync(id, workerId, duration, cancellationToken);

    public Task<LeaseRenewal> RenewAsync(JobLease lease, TimeSpan duration, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                DateTimeOffset expires = (Now() + duration).ToMicroseconds().ToTime();
                if (await LeaseTable.RenewAsync(session, lease, Now(), expires) is { } cancelRequested)
                {
                    return new LeaseRenewal(lease with { ExpiresAt = expires }, cancelRequested);
                }

                Job job = await JobTable.FindAsync(session, lease.JobId) ?? throw new JobNotFoundException(lease.JobId);
                throw JobLocks.Lost(lease, job.Lease);
            },
            cancellationToken);

    public Task ReleaseAsync(JobLease lease, CancellationToken cancellationToken) =>
        WriteAsync(
            async session => await LeaseTable.EndAsync(session, await _locks.LockAsync(session, lease), lost: false, Now()),
            cancellationToken);

    public Task EndLeaseAsync(JobId id, string workerId, bool lost, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, id);
                if (job.Lease?.WorkerId == workerId)
                {
                    await LeaseTable.EndAsync(session, job, lost, Now());
                }
            },
            cancellationToken);

    public Task<Job> TransitionAsync(JobLease lease, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
        WriteAsync(
            async session => await StateTable.MoveAsync(session, await _locks.LockAsync(session, lease), to, failure, reason, Now()),
            cancellationToken);

    public Task<Job> TransitionAsync(
        JobId id, JobState from, JobState to, JobFailure? failure, string reason, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, id);
                if (job.State != from)
                {
                    throw new InvalidTransitionException($"{id.ResourceName} is {job.State.ToText()}, not {from.ToText()}; read it again.");
                }

                return IsHeld(job)
                    ? throw new InvalidTransitionException($"{id.ResourceName} is held by worker {job.Lease!.WorkerId} until {job.Lease.ExpiresAt:O}; only that worker moves it.")
                    : await MoveUnheldAsync(session, job, to, failure, reason);
            },
            cancellationToken);

    public Task<Job> RequestCancelAsync(JobId id, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, id);
                if (JobTransition.IsEnd(job.State))
                {
                    return job;
                }

                Job marked = job.CancelRequested ? job : await StateTable.RequestCancelAsync(session, job, Now());
                return IsHeld(marked) ? marked : await MoveUnheldAsync(session, marked, JobState.Cancelled, null, "cancelled on request");
            },
            cancellationToken);

    public Task<Job> RequestPauseAsync(JobId id, CancellationToken cancellationToken) =>
        WriteAsync(
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

                Job marked = await StateTable.RequestPauseAsync(session, job, pause: true, Now());
                return IsHeld(marked) ? marked : await MoveUnheldAsync(session, marked, JobState.Paused, null, "paused on request");
            },
            cancellationToken);

    public Task<Job> ResumeAsync(JobId id, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, id);
                return job switch
                {
                    { State: JobState.Paused } => await MoveUnheldAsync(session, job, JobState.Queued, null, "resumed on request"),
                    { PauseRequested: true } => await StateTable.RequestPauseAsync(session, job, pause: false, Now()),
                    _ when JobTransition.IsEnd(job.State) =>
                        throw new InvalidTransitionException($"{id.ResourceName} is {job.State.ToText()}; only a paused job can be resumed. Its last checkpoint can be the model of a new job."),
                    _ => job,
                };
            },
            cancellationToken);

    public Task<Job> PauseAsync(JobLease lease, string reason, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, lease);
                return job.PauseRequested ? await StateTable.MoveAsync(session, job, JobState.Paused, null, reason, Now()) : job;
            },
            cancellationToken);

    public Task<int> SettleAsync(CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                int settled = 0;
                foreach (Job job in await _locks.LockToCancelAsync(session, Now()))
                {
                    await MoveUnheldAsync(session, job, JobState.Cancelled, null, "cancelled on request");
                    settled++;
                }

                foreach (Job job in await _locks.LockToPauseAsync(session, Now()))
                {
                    await MoveUnheldAsync(session, job, JobState.Paused, null, "paused on request");
                    settled++;
                }

                // A job that fails here may itself be waited for.
                while (await _locks.LockBlockedAsync(session) is { Count: > 0 } blocked)
                {
                    foreach ((Job job, JobId after, JobState afterState) in blocked)
                    {
                        var failure = new JobFailure(
                            JobFailureReason.DependencyFailed,
                            $"it was to run after {after.ResourceName}, which {(afterState == JobState.Failed ? "failed" : "was cancelled")}.",
                            $"See why with `show {after.Value}`, run that job again, and submit this one after the new one.");
                        await MoveUnheldAsync(session, job, JobState.Failed, failure, failure.Message);
                        settled++;
                    }
                }

                return settled;
            },
            cancellationToken);

    public Task AppendAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        WriteAsync(session => AppendAsync(session, lease, completedSteps, totalSteps, events), cancellationToken);

    public Task AppendAndPauseAsync(JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        WriteAsync(
            async session => await StateTable.RequestPauseAsync(session, await AppendAsync(session, lease, completedSteps, totalSteps, events), pause: true, Now()),
            cancellationToken);

    public Task RollBackAsync(JobLease lease, int toStep, IReadOnlyList<JobEvent> events, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, lease);
                await EventTable.AppendAsync(session, job, events, Now());
                await session.ExecuteAsync(RollBack, ("id", job.Id.Value), ("step", toStep), ("now", Now().ToMicroseconds()));
                session.MarkChanged(job.Id.Value);
            },
            cancellationToken);

    public async Task<IReadOnlyList<JobEvent>> ReadEventsAsync(JobId id, long afterCursor, int limit, CancellationToken cancellationToken) =>
        await ReadAsync(
            async session =>
            {
                List<JobEvent> events = await EventTable.ReadAsync(session, id, afterCursor, limit);
                return events.Count > 0 || await JobTable.FindAsync(session, id) is not null ? events : throw new JobNotFoundException(id);
            },
            cancellationToken);

    public async Task<IReadOnlyList<JobEvent>> ReadMetricsAsync(JobId id, string key, int lastStep, CancellationToken cancellationToken) =>
        await ReadAsync(session => EventTable.ReadMetricsAsync(session, id, key, lastStep), cancellationToken);

    public Task AddCheckpointAsync(JobLease lease, JobCheckpoint checkpoint, CancellationToken cancellationToken) =>
        WriteAsync(
            async session =>
            {
                Job job = await _locks.LockAsync(session, lease);
                await CheckpointTable.AddAsync(session, job.Id, checkpoint);
                await EventTable.AppendAsync(session, job, [JobEvent.New(checkpoint.Step, "", new CheckpointWritten(checkpoint))], Now());
            },
            cancellationToken);

    public Task RemoveCheckpointAsync(JobLease lease, int step, CancellationToken cancellationToken) =>
        WriteAsync(
            async session => await CheckpointTable.RemoveAsync(session, (await _locks.LockAsync(session, lease)).Id, step),
            cancellationToken);

    public async Task<IReadOnlyList<JobCheckpoint>> ListCheckpointsAsync(JobId id, CancellationToken cancellationToken) =>
        await ReadAsync(
            async session =>
            {
                List<JobCheckpoint> checkpoints = await CheckpointTable.ListAsync(session, id);
                return checkpoints.Count > 0 || await JobTable.FindAsync(session, id) is not null ? checkpoints : throw new JobNotFoundException(id);
            },
            cancellationToken);

    public Task<IJobChanges> FollowAsync(JobId? id, CancellationToken cancellationToken) => dialect.Changes.FollowAsync(id, cancellationToken);

    public ValueTask DisposeAsync() => dialect.DisposeAsync();

    private Task<JobLease?> ClaimAnyAsync(JobId? id, string workerId, TimeSpan duration, CancellationToken cancellationToken) =>
        WriteAsync(
            async session => await _locks.LockRunnableAsync(session, id, Now()) is { } job
                ? await LeaseTable.TakeAsync(session, job, workerId, Now(), duration)
                : null,
            cancellationToken);

    private async Task<Job> AppendAsync(SqlSession session, JobLease lease, int completedSteps, int totalSteps, IReadOnlyList<JobEvent> events)
    {
        Job job = await _locks.LockAsync(session, lease);
        await EventTable.AppendAsync(session, job, events, Now());
        await session.ExecuteAsync(Progress, ("id", job.Id.Value), ("completed", completedSteps), ("total", totalSteps), ("now", Now().ToMicroseconds()));
        session.MarkChanged(job.Id.Value);
        return job;
    }

    /// <summary>Shuts out whoever held the job before, then moves it.</summary>
    private async Task<Job> MoveUnheldAsync(SqlSession session, Job job, JobState to, JobFailure? failure, string reason)
    {
        if (job.Lease is not null)
        {
            await LeaseTable.EndAsync(session, job, lost: false, Now());
        }

        return await StateTable.MoveAsync(session, job with { Lease = null }, to, failure, reason, Now());
    }

    private bool IsHeld(Job job) => job.Lease is { } lease && lease.ExpiresAt > Now();

    /// <summary>Whether two specs ask for the same, whatever the order of their labels and the age of the stored text.</summary>
    private static async Task<Job?> FindByRequestAsync(SqlSession session, string requestId, JobSpec spec)
    {
        Job? before = await JobTable.FindByRequestAsync(session, requestId);
        return before is null || IsSame(before.Spec, spec) ? before : throw new RequestIdReusedException(
            $"request_id '{requestId}' made {before.Id.ResourceName} from another spec; use a new request_id for a new job.");
    }

    private static bool IsSame(JobSpec first, JobSpec second) =>
        JsonNode.DeepEquals(JsonNode.Parse(JobJson.Serialize(first)), JsonNode.Parse(JobJson.Serialize(second)));

    private DateTimeOffset Now() => time.GetUtcNow();

    private async Task<T> ReadAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken)
    {
        await using SqlSession session = await dialect.BeginReadAsync(cancellationToken);
        return await work(session);
    }

    private async Task WriteAsync(Func<SqlSession, Task> work, CancellationToken cancellationToken) =>
        await WriteAsync(
            async session =>
            {
                await work(session);
                return true;
            },
            cancellationToken);

    private async Task<T> WriteAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken)
    {
        await using SqlSession session = await dialect.BeginWriteAsync(cancellationToken);
        T result = await work(session);
        await dialect.NotifyAsync(session);
        await session.CommitAsync();
        dialect.Changes.Changed(session.ChangedJobs);
        return result;
    }
}
