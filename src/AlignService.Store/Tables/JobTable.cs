using System.Data.Common;
using System.Text.Json.Nodes;
using AlignService.Jobs;
using AlignService.Specs;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The rows of `jobs` and their dependencies.</summary>
internal static class JobTable
{
    internal const int ColumnCount = 20;

    internal const string Columns =
        """
        j.id, j.spec, j.state, j.create_time, j.start_time, j.end_time, j.update_time, j.completed_steps, j.total_steps, j.failure,
        j.cancel_request_time, j.attempt, j.lost_workers, j.active_time, j.lease_worker, j.lease_token, j.lease_expires,
        j.pause_request_time, j.rollback_count, j.project
        """;

    internal const string SelectJob = $"SELECT {Columns} FROM jobs j WHERE j.id = @id";

    internal const string NotHeld = "(j.lease_worker IS NULL OR j.lease_expires <= @now)";

    internal const string Runnable =
        $"""
        j.state IN ('queued', 'preparing', 'running') AND j.cancel_request_time IS NULL AND j.pause_request_time IS NULL AND {NotHeld}
        AND NOT EXISTS (
            SELECT 1 FROM job_dependencies d JOIN jobs a ON a.id = d.after_id
            WHERE d.job_id = j.id AND a.state <> 'succeeded')
        """;

    internal const string SelectRunnable = $"SELECT {Columns} FROM jobs j WHERE {Runnable} ORDER BY j.create_time, j.id LIMIT @limit";

    // SQLite knows no other name of the table there.
    private static readonly string Insert =
        $"""
        INSERT INTO jobs (id, project, request_id, spec, state, create_time, update_time)
        VALUES (@id, @project, @request, @spec, 'queued', @now, @now) ON CONFLICT DO NOTHING RETURNING {Columns.Replace("j.", "", StringComparison.Ordinal)}
        """;

    private const string InsertSpec = "INSERT INTO job_specs (job_id, spec) VALUES (@id, @spec)";

    private const string SelectSpec = "SELECT COALESCE(s.spec, j.spec) FROM jobs j LEFT JOIN job_specs s ON s.job_id = j.id WHERE j.id = @id";

    private const string InsertDependency = "INSERT INTO job_dependencies (job_id, after_id) VALUES (@id, @after) ON CONFLICT DO NOTHING";

    public static async Task<Job?> FindAsync(SqlSession session, JobId id) =>
        (await session.QueryAsync(SelectJob, Read, ("id", id.Value))).SingleOrDefault();

    /// <summary>The same query whether there is no such job or it is another project's.</summary>
    public static async Task<Job?> FindAsync(SqlSession session, JobId id, ProjectId project) =>
        (await session.QueryAsync($"{SelectJob} AND j.project = @project", Read, ("id", id.Value), ("project", project.Value))).SingleOrDefault();

    public static Task<List<Job>> RunnableAsync(SqlSession session, DateTimeOffset now, int limit) =>
        session.QueryAsync(SelectRunnable, Read, ("now", now.ToMicroseconds()), ("limit", limit));

    /// <summary>Null where the id or the request id is taken.</summary>
    public static async Task<Job?> InsertAsync(SqlSession session, NewJob job, DateTimeOffset now)
    {
        if (job.WholeSpec is null)
        {
            KnownSpecs.Shared.Remember(job.Id, job.BriefSpec, job.Spec);
        }

        List<Job> inserted = await session.QueryAsync(
            Insert, Read, ("id", job.Id.Value), ("project", job.Project.Value), ("request", job.RequestId), ("spec", job.BriefSpec), ("now", now.ToMicroseconds()));
        if (inserted.Count == 0)
        {
            return null;
        }

        if (job.WholeSpec is { } whole)
        {
            await session.ExecuteAsync(InsertSpec, ("id", job.Id.Value), ("spec", whole));
        }

        foreach (JobId after in job.After)
        {
            await session.ExecuteAsync(InsertDependency, ("id", job.Id.Value), ("after", after.Value));
        }

        await JobSourceTable.InsertAsync(session, job.Id, job.Sources);
        session.MarkChanged(job.Id.Value);
        return inserted.Single();
    }

    public static async Task<JobSpec?> ReadSpecAsync(SqlSession session, JobId id) =>
        (await session.QueryAsync(SelectSpec, row => row.GetString(0), ("id", id.Value))) is [string spec] ? JobSpecWire.FromJson(spec) : null;

    /// <summary>Whether a job exists, at the cost of no column.</summary>
    public static async Task<bool> ExistsAsync(SqlSession session, JobId id) =>
        (await session.QueryAsync("SELECT 1 FROM jobs WHERE id = @id", _ => true, ("id", id.Value))).Count > 0;

    /// <summary>How many jobs are queued.</summary>
    public static async Task<long> CountQueuedAsync(SqlSession session) =>
        (await session.QueryAsync("SELECT COUNT(*) FROM jobs WHERE state = 'queued'", row => row.GetInt64(0))).Single();

    public static async Task<Job?> FindByRequestAsync(SqlSession session, string requestId) =>
        (await session.QueryAsync($"SELECT {Columns} FROM jobs j WHERE j.request_id = @request", Read, ("request", requestId))).SingleOrDefault();

    /// <summary>Newest first; one more than the page size indicates another page.</summary>
    public static Task<List<Job>> PageAsync(SqlSession session, IReadOnlyList<JobState> states, ProjectId? project, PageToken? after, int limit)
    {
        var parameters = new List<(string, object?)> { ("limit", limit) };
        var conditions = new List<string>();
        if (states.Count > 0)
        {
            conditions.Add($"j.state IN ({string.Join(", ", states.Select((_, index) => $"@state{index}"))})");
            parameters.AddRange(states.Select((state, index) => ($"state{index}", (object?)state.ToText())));
        }

        if (project is { } one)
        {
            conditions.Add("j.project = @project");
            parameters.Add(("project", one.Value));
        }

        if (after is not null)
        {
            conditions.Add("(j.create_time, j.id) < (@time, @id)"); // as one comparison, which the index answers
            parameters.AddRange([("time", after.CreateTime), ("id", after.JobId)]);
        }

        string where = conditions.Count > 0 ? $"WHERE {string.Join(" AND ", conditions)} " : "";
        return session.QueryAsync($"SELECT {Columns} FROM jobs j {where}ORDER BY j.create_time DESC, j.id DESC LIMIT @limit", Read, [.. parameters]);
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
        };
    }
}

/// <summary>A job to be created.</summary>
/// <param name="Id">Not used before.</param>
/// <param name="Project">Whose it is.</param>
/// <param name="RequestId">Chosen by the caller, and the project's own; null for none.</param>
/// <param name="Spec">With its inline data.</param>
/// <param name="BriefSpec">The spec's JSON with the number and hash of inline rows in their place.</param>
/// <param name="WholeSpec">The spec's JSON; null where nothing is inline.</param>
/// <param name="After">Jobs that must have succeeded before.</param>
/// <param name="MaxQueued">How many jobs may be queued, this one included.</param>
internal sealed record NewJob(JobId Id, ProjectId Project, string? RequestId, JobSpec Spec, string BriefSpec, string? WholeSpec, IReadOnlyList<JobId> After, int MaxQueued)
{
    /// <summary>Not in a caller's text.</summary>
    public const char Separator = '\u001f';

    public static NewJob Of(JobId id, ProjectId? project, JobSpec spec, string? requestId, int maxQueued)
    {
        ProjectId owner = project ?? ProjectId.Default;
        string? ownRequest = requestId is null || owner == ProjectId.Default ? requestId : $"{owner.Value}{Separator}{requestId}"; // the table's are unique over all projects
        BriefSpec brief = JobSpecWire.Brief(spec);
        return new NewJob(id, owner, ownRequest, spec, brief.Json, brief.LeftDataOut ? JobSpecWire.ToJson(spec) : null, spec.After, maxQueued) { Sources = JobSources.Of(spec) };
    }

    /// <summary>The models and data that it reads.</summary>
    public IReadOnlyList<string> Sources { get; private init; } = [];

    /// <summary>Throws where what it needs has gone; asked when nothing can be removed any more.</summary>
    public Action? Confirm { get; init; }

    /// <summary>Whether a stored brief spec asks for the same, regardless of the order of labels.</summary>
    public bool AsksFor(string stored) => JsonNode.DeepEquals(JsonNode.Parse(BriefSpec), JsonNode.Parse(stored));
}
