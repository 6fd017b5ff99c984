using System.Data.Common;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The rows of `jobs` and their dependencies.</summary>
internal static class JobTable
{
    internal const int ColumnCount = 26;

    internal const string Columns =
        """
        j.id, j.spec, j.state, j.create_time, j.start_time, j.end_time, j.update_time, j.completed_steps, j.total_steps, j.failure,
        j.cancel_request_time, j.attempt, j.lost_workers, j.active_time, j.lease_worker, j.lease_token, j.lease_expires,
        j.pause_request_time, j.rollback_count, j.project, j.fork,
        j.pace, j.pace_time, j.retry_time, j.failed_attempts, j.best_score
        """;

    internal const string SelectJob = $"SELECT {Columns} FROM jobs j WHERE j.id = @id";

    internal const string NotHeld = "(j.lease_worker IS NULL OR j.lease_expires <= @now)";

    internal const string Runnable =
        $"""
        j.state IN ('queued', 'preparing', 'running') AND j.cancel_request_time IS NULL AND j.pause_request_time IS NULL AND {NotHeld}
        AND (j.retry_time IS NULL OR j.retry_time <= @now)
        AND NOT EXISTS (
            SELECT 1 FROM job_dependencies d JOIN jobs a ON a.id = d.after_id
            WHERE d.job_id = j.id AND a.state <> 'succeeded')
        """;

    internal const string SelectRunnable = $"SELECT {Columns} FROM jobs j WHERE {Runnable} ORDER BY j.priority DESC, j.create_time, j.id LIMIT @limit";

    private const string Insert = "jobs (id, project, request_id, spec, state, create_time, update_time, fork, kind, search_name, priority)";

    // SQLite knows no other name of the table there.
    private static readonly string InsertEnd = $"ON CONFLICT DO NOTHING RETURNING {Columns.Replace("j.", "", StringComparison.Ordinal)}";

    private const string InsertSpec = "job_specs (job_id, spec)";

    private const string SelectSpec = "SELECT COALESCE(s.spec, j.spec) FROM jobs j LEFT JOIN job_specs s ON s.job_id = j.id WHERE j.id = @id";

    private const string InsertDependency = "job_dependencies (job_id, after_id)";

    /// <summary>Of one statement: what SQLite and PostgreSQL take as parameters is bounded, and a statement's text grows with its rows.</summary>
    private const int RowsAtOnce = 64;

    public static async Task<Job?> FindAsync(SqlSession session, JobId id) =>
        (await session.QueryAsync(SelectJob, Read, ("id", id.Value))).SingleOrDefault();

    /// <summary>The same query whether there is no such job or it is another project's.</summary>
    public static async Task<Job?> FindAsync(SqlSession session, JobId id, ProjectId project) =>
        (await session.QueryAsync($"{SelectJob} AND j.project = @project", Read, ("id", id.Value), ("project", project.Value))).SingleOrDefault();

    public static Task<List<Job>> RunnableAsync(SqlSession session, DateTimeOffset now, int limit) =>
        session.QueryAsync(SelectRunnable, Read, ("now", now.ToMicroseconds()), ("limit", limit));

    /// <summary>Inserts jobs in their order, which their times keep. A job whose id or request id is taken is left out.</summary>
    public static async Task<IReadOnlyDictionary<JobId, Job>> InsertAsync(SqlSession session, IReadOnlyList<NewJob> jobs, DateTimeOffset now)
    {
        Dictionary<JobId, Job> inserted = [];
        foreach (object?[][] rows in jobs.Select((job, place) => Row(job, now.AddMicroseconds(place))).Chunk(RowsAtOnce))
        {
            foreach (Job job in await session.InsertAsync(Insert, rows, InsertEnd, Read))
            {
                inserted.Add(job.Id, job);
                session.MarkChanged(job.Id.Value);
            }
        }

        foreach (object?[][] rows in jobs.Where(job => job.WholeSpec is not null && inserted.ContainsKey(job.Id)).Select(job => new object?[] { job.Id.Value, job.WholeSpec }).Chunk(RowsAtOnce))
        {
            await session.InsertAsync(InsertSpec, rows);
        }

        foreach (object?[][] rows in jobs.Where(job => inserted.ContainsKey(job.Id)).SelectMany(job => job.After.Distinct().Select(after => new object?[] { job.Id.Value, after.Value })).Chunk(RowsAtOnce))
        {
            await session.InsertAsync(InsertDependency, rows);
        }

        foreach (object?[][] rows in jobs.Where(job => inserted.ContainsKey(job.Id)).SelectMany(job => JobSourceTable.Rows(job.Id, job.Sources)).Chunk(RowsAtOnce))
        {
            await session.InsertAsync(JobSourceTable.Columns, rows);
        }

        foreach (object?[][] rows in jobs.Where(job => inserted.ContainsKey(job.Id)).SelectMany(JobLabelTable.RowsOf).Chunk(RowsAtOnce))
        {
            await session.InsertAsync(JobLabelTable.Insert, rows);
        }

        foreach (NewJob job in jobs.Where(job => inserted.ContainsKey(job.Id)))
        {
            if (job.Fork is { } fork)
            {
                await ForkTable.TakeOverAsync(session, inserted[job.Id], fork, now);
                inserted[job.Id] = (await FindAsync(session, job.Id)) ?? throw new JobNotFoundException(job.Id); // with the steps that it has taken over
            }
        }

        return inserted;
    }

    private static object?[] Row(NewJob job, DateTimeOffset time)
    {
        KnownSpecs.Shared.Remember(job.Id, job.BriefSpec, job.StoredSpec);
        return
        [
            job.Id.Value, job.Project.Value, job.RequestId, job.BriefSpec, JobState.Queued.ToText(), time.ToMicroseconds(), time.ToMicroseconds(),
            job.Fork is { } fork ? JobJson.Serialize(fork.Fork) : null, JobSpecWire.NameOf(job.StoredSpec.Kind), job.StoredSpec.DisplayName.ToLowerInvariant().ToSearchable(), job.StoredSpec.Priority,
        ];
    }

    /// <summary>Replaces a locked job's spec by one with the same data.</summary>
    public static async Task ChangeSpecAsync(SqlSession session, JobId id, JobSpec spec, int totalSteps)
    {
        BriefSpec brief = JobSpecWire.Brief(spec);
        await session.ExecuteAsync("UPDATE jobs SET spec = @spec, total_steps = @total WHERE id = @id", ("id", id.Value), ("spec", brief.Json), ("total", totalSteps));
        if (brief.LeftDataOut)
        {
            await session.ExecuteAsync("UPDATE job_specs SET spec = @spec WHERE job_id = @id", ("id", id.Value), ("spec", JobSpecWire.ToJson(spec)));
        }
    }

    public static async Task<JobSpec?> ReadSpecAsync(SqlSession session, JobId id) =>
        (await session.QueryAsync(SelectSpec, row => row.GetString(0), ("id", id.Value))) is [string spec] ? JobSpecWire.FromJson(spec) : null;

    /// <summary>Whether a job exists, at the cost of no column.</summary>
    public static async Task<bool> ExistsAsync(SqlSession session, JobId id) =>
        (await session.QueryAsync("SELECT 1 FROM jobs WHERE id = @id", _ => true, ("id", id.Value))).Count > 0;

    /// <summary>How many jobs are queued.</summary>
    public static async Task<long> CountQueuedAsync(SqlSession session) =>
        (await session.QueryAsync("SELECT COUNT(*) FROM jobs WHERE state = 'queued'", row => row.GetInt64(0))).Single();

    /// <summary>The jobs that requests have created, by request id.</summary>
    public static async Task<Dictionary<string, Job>> FindByRequestsAsync(SqlSession session, IReadOnlyCollection<string> requestIds)
    {
        Dictionary<string, Job> found = [];
        foreach (string[] some in requestIds.Chunk(RowsAtOnce))
        {
            string names = string.Join(", ", some.Select((_, i) => $"@request{i}"));
            foreach ((string request, Job job) in await session.QueryAsync(
                $"SELECT {Columns}, j.request_id FROM jobs j WHERE j.request_id IN ({names})", row => (row.GetString(ColumnCount), Read(row)), [.. some.Select((id, i) => ($"request{i}", (object?)id))]))
            {
                found[request] = job;
            }
        }

        return found;
    }

    internal static Job Read(DbDataReader row)
    {
        var id = new JobId(row.GetString(0));
        return new Job
        {
            Id = id,
            Spec = KnownSpecs.Shared.Read(id, row.GetString(1)),
            State = JobStateText.Parse(row.GetString(2)),
            CreateTime = row.GetInt64(3).ToTime(),
            StartTime = row.IsDBNull(4) ? null : row.GetInt64(4).ToTime(),
            EndTime = row.IsDBNull(5) ? null : row.GetInt64(5).ToTime(),
            UpdateTime = row.GetInt64(6).ToTime(),
            CompletedSteps = row.GetInt32(7),
            TotalSteps = row.GetInt32(8),
            Failure = row.IsDBNull(9) ? null : JobJson.Deserialize<JobFailure>(row.GetString(9)),
            CancelRequested = !row.IsDBNull(10),
            Attempt = row.GetInt32(11),
            LostWorkers = row.GetInt32(12),
            ActiveTime = row.GetInt64(13).ToDuration(),
            Lease = row.IsDBNull(14) ? null : new JobLease(id, row.GetString(14), row.GetInt64(15), row.GetInt64(16).ToTime()),
            PauseRequested = !row.IsDBNull(17),
            RollbackCount = row.GetInt32(18),
            Project = new ProjectId(row.GetString(19)),
            Fork = row.IsDBNull(20) ? null : JobJson.Deserialize<JobFork>(row.GetString(20)),
            Pace = row.IsDBNull(21) ? null : row.GetInt64(21).ToDuration(),
            PaceTime = row.IsDBNull(22) ? null : row.GetInt64(22).ToTime(),
            RetryTime = row.IsDBNull(23) ? null : row.GetInt64(23).ToTime(),
            FailedAttempts = row.GetInt32(24),
            BestScore = row.IsDBNull(25) ? null : row.GetDouble(25),
        };
    }
}
