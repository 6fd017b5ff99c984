using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The lease columns of `jobs`, which say who may write a job.</summary>
internal static class LeaseTable
{
    private const string Take =
        """
        UPDATE jobs SET lease_worker = @worker, lease_token = lease_token + 1, lease_renewed = @now, lease_expires = @expires,
            attempt = attempt + 1, lost_workers = lost_workers + @lost, update_time = @now
        WHERE id = @id
        """;

    private const string Renew =
        """
        UPDATE jobs SET active_time = active_time + CASE WHEN @now < lease_renewed THEN 0 WHEN @now - lease_renewed > @longest THEN @longest ELSE @now - lease_renewed END,
            lease_renewed = @now, lease_expires = @expires
        WHERE id = @id AND lease_worker = @worker AND lease_token = @token
        RETURNING cancel_request_time
        """;

    private const string End =
        """
        UPDATE jobs SET lease_worker = NULL, lease_renewed = NULL, lease_expires = NULL,
            lease_token = lease_token + 1, lost_workers = lost_workers + @lost, update_time = @now
        WHERE id = @id
        """;

    /// <summary>Claims the locked job. An expired lease means that its worker is lost.</summary>
    public static async Task<JobLease> TakeAsync(SqlSession session, Job job, (string WorkerId, WorkerPlace? Place) worker, DateTimeOffset now, TimeSpan duration)
    {
        DateTimeOffset expires = (now + duration).ToMicroseconds().ToTime();
        await session.ExecuteAsync(
            Take,
            ("id", job.Id.Value), ("worker", worker.WorkerId), ("now", now.ToMicroseconds()), ("expires", expires.ToMicroseconds()), ("lost", job.Lease is null ? 0 : 1));
        if (job.Lease is { } expired)
        {
            await AttemptTable.EndAsync(session, job, AttemptOutcome.Lost, expired.ExpiresAt);
        }

        await AttemptTable.AddAsync(session, job.Id, job.Attempt + 1, worker, now);
        session.MarkChanged(job.Id.Value);
        long token = (await session.QueryAsync("SELECT lease_token FROM jobs WHERE id = @id", row => row.GetInt64(0), ("id", job.Id.Value))).Single();
        return new JobLease(job.Id, worker.WorkerId, token, expires);
    }

    /// <summary>Whether a cancel was requested; null where the lease is no longer valid. Between two renewals no more time counts than a lease is valid: clocks can jump.</summary>
    public static async Task<bool?> RenewAsync(SqlSession session, JobLease lease, DateTimeOffset now, DateTimeOffset expires)
    {
        List<bool> rows = await session.QueryAsync(
            Renew,
            row => !row.IsDBNull(0),
            ("id", lease.JobId.Value), ("worker", lease.WorkerId), ("token", lease.Token), ("now", now.ToMicroseconds()), ("expires", expires.ToMicroseconds()),
            ("longest", expires.ToMicroseconds() - now.ToMicroseconds()));
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Ends the locked job's lease; raising the token fences off its holder.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="job">As it was locked.</param>
    /// <param name="lost">The worker disappeared without releasing it; what it had recorded as the job's end or rest still counts.</param>
    /// <param name="now">The current time.</param>
    public static async Task EndAsync(SqlSession session, Job job, bool lost, DateTimeOffset now)
    {
        AttemptOutcome outcome = job.State switch
        {
            JobState.Succeeded => AttemptOutcome.Succeeded,
            JobState.Failed => AttemptOutcome.Failed,
            JobState.Cancelled => AttemptOutcome.Cancelled,
            JobState.Paused => AttemptOutcome.Paused,
            _ => lost ? AttemptOutcome.Lost : AttemptOutcome.Stopped,
        };
        await session.ExecuteAsync(End, ("id", job.Id.Value), ("now", now.ToMicroseconds()), ("lost", outcome == AttemptOutcome.Lost ? 1 : 0));
        await AttemptTable.EndAsync(session, job, outcome, now);
        session.MarkChanged(job.Id.Value);
    }
}

/// <summary>Reads and locks jobs until the transaction ends.</summary>
internal sealed class JobLocks(ISqlDialect dialect)
{
    private const string SelectRunnableJob = $"SELECT {JobTable.Columns} FROM jobs j WHERE j.id = @id AND {JobTable.Runnable}";

    private const string SelectToCancel =
        $"""
        SELECT {JobTable.Columns} FROM jobs j
        WHERE j.state IN ('queued', 'preparing', 'running', 'paused') AND j.cancel_request_time IS NOT NULL AND {JobTable.NotHeld}
        ORDER BY j.id
        """;

    private const string SelectToPause =
        $"""
        SELECT {JobTable.Columns} FROM jobs j
        WHERE j.state IN ('queued', 'preparing', 'running') AND j.pause_request_time IS NOT NULL AND j.cancel_request_time IS NULL AND {JobTable.NotHeld}
        ORDER BY j.id
        """;

    private const string Left = $"j.state IN ('preparing', 'running') AND j.pause_request_time IS NULL AND j.cancel_request_time IS NULL AND {JobTable.NotHeld}";

    private const string SelectAnyLeft = $"SELECT 1 FROM jobs j WHERE {Left} LIMIT 1";

    private const string SelectLeft = $"SELECT {JobTable.Columns} FROM jobs j WHERE {Left} ORDER BY j.id";

    private const string SelectBlocked =
        $"""
        SELECT {JobTable.Columns}, a.id, a.state FROM jobs j JOIN job_dependencies d ON d.job_id = j.id JOIN jobs a ON a.id = d.after_id
        WHERE j.state = 'queued' AND a.state IN ('failed', 'cancelled') ORDER BY j.id, a.id
        """;

    /// <summary>The job, locked until the transaction ends.</summary>
    public async Task<Job> LockAsync(SqlSession session, JobId id) =>
        (await session.QueryAsync(JobTable.SelectJob + dialect.LockRow, JobTable.Read, ("id", id.Value))).SingleOrDefault() ?? throw new JobNotFoundException(id);

    /// <summary>The locked job, if the lease is still valid.</summary>
    public async Task<Job> LockAsync(SqlSession session, JobLease lease)
    {
        Job job = await LockAsync(session, lease.JobId);
        bool holds = job.Lease is { } current && current.Token == lease.Token && current.WorkerId == lease.WorkerId;
        return holds ? job : throw Lost(lease, job.Lease);
    }

    public static LeaseLostException Lost(JobLease lease, JobLease? current) => new(
        $"worker {lease.WorkerId} held {lease.JobId.ResourceName} with token {lease.Token}, but "
        + (current is null ? "that lease has ended" : $"worker {current.WorkerId} holds it with token {current.Token}")
        + "; this worker must stop.");

    /// <summary>The oldest runnable job (or the given one, if it is runnable), locked.</summary>
    public async Task<Job?> LockRunnableAsync(SqlSession session, JobId? id, DateTimeOffset now)
    {
        List<Job> found = id is { } one
            ? await session.QueryAsync(SelectRunnableJob + dialect.LockFreeRows, JobTable.Read, ("id", one.Value), ("now", now.ToMicroseconds()))
            : await session.QueryAsync(JobTable.SelectRunnable + dialect.LockFreeRows, JobTable.Read, ("now", now.ToMicroseconds()), ("limit", 1));
        return found.SingleOrDefault();
    }

    public Task<List<Job>> LockToCancelAsync(SqlSession session, DateTimeOffset now) =>
        session.QueryAsync(SelectToCancel + dialect.LockFreeRows, JobTable.Read, ("now", now.ToMicroseconds()));

    public Task<List<Job>> LockToPauseAsync(SqlSession session, DateTimeOffset now) =>
        session.QueryAsync(SelectToPause + dialect.LockFreeRows, JobTable.Read, ("now", now.ToMicroseconds()));

    /// <summary>Whether there is any of <see cref="LockLeftAsync"/>.</summary>
    public static async Task<bool> AreAnyLeftAsync(SqlSession session, DateTimeOffset since) =>
        (await session.QueryAsync(SelectAnyLeft, _ => true, ("now", since.ToMicroseconds()))).Count > 0;

    /// <summary>Active jobs, to go on, without a worker since <paramref name="since"/>, locked.</summary>
    public Task<List<Job>> LockLeftAsync(SqlSession session, DateTimeOffset since) =>
        session.QueryAsync(SelectLeft + dialect.LockFreeRows, JobTable.Read, ("now", since.ToMicroseconds()));

    /// <summary>Queued jobs that wait for an unsuccessful one, locked, each with the first such job.</summary>
    public async Task<List<(Job Job, JobId After, JobState AfterState)>> LockBlockedAsync(SqlSession session)
    {
        List<(Job Job, JobId After, JobState AfterState)> rows = await session.QueryAsync(
            SelectBlocked + dialect.LockFreeRows,
            row => (JobTable.Read(row), new JobId(row.GetString(JobTable.ColumnCount)), JobStateText.Parse(row.GetString(JobTable.ColumnCount + 1))));
        return [.. rows.DistinctBy(row => row.Job.Id)];
    }
}
