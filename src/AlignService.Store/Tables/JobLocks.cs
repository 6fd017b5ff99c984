using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

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

    /// <summary>Queued jobs that wait for an unsuccessful one, locked, each with the first such job.</summary>
    public async Task<List<(Job Job, JobId After, JobState AfterState)>> LockBlockedAsync(SqlSession session)
    {
        List<(Job Job, JobId After, JobState AfterState)> rows = await session.QueryAsync(
            SelectBlocked + dialect.LockFreeRows,
            row => (JobTable.Read(row), new JobId(row.GetString(JobTable.ColumnCount)), JobStateText.Parse(row.GetString(JobTable.ColumnCount + 1))));
        return [.. rows.DistinctBy(row => row.Job.Id)];
    }
}
