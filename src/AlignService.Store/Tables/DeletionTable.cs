using AlignService.Jobs;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The removal of a job's rows.</summary>
internal static class DeletionTable
{
    private const string SelectWaiting =
        """
        SELECT j.id FROM job_dependencies d JOIN jobs j ON j.id = d.job_id
        WHERE d.after_id = @id AND j.state IN ('queued', 'preparing', 'running', 'paused') ORDER BY j.id LIMIT 10
        """;

    private const string SelectReading =
        """
        SELECT j.id FROM jobs j WHERE j.state IN ('queued', 'preparing', 'running', 'paused') AND j.spec LIKE @model ORDER BY j.id LIMIT 10
        """;

    /// <summary>Every table with rows of a job, and their column; a test compares it with the schema.</summary>
    internal static IReadOnlyList<(string Table, string Column)> RowsOfJobs { get; } =
    [
        ("job_events", "job_id"),
        ("job_attempts", "job_id"),
        ("job_rollouts", "job_id"),
        ("job_checkpoints", "job_id"),
        ("job_specs", "job_id"),
        ("job_labels", "job_id"),
        ("job_models", "job_id"),
        ("job_sources", "job_id"),
        ("job_dependencies", "job_id"),
        ("job_dependencies", "after_id"),
    ];

    /// <summary>Jobs that have not ended and need this one: to run after it, or to start from one of its checkpoints.</summary>
    public static async Task<IReadOnlyList<JobId>> NeededByAsync(SqlSession session, JobId id) =>
    [
        .. (await session.QueryAsync(SelectWaiting, row => row.GetString(0), ("id", id.Value)))
            .Concat(await session.QueryAsync(SelectReading, row => row.GetString(0), ("model", $"%\"{id.ResourceName}/checkpoints/%")))
            .Distinct()
            .Select(found => new JobId(found)),
    ];

    /// <summary>Removes the rows of a locked job, and notes that its folder is to go.</summary>
    public static async Task DeleteAsync(SqlSession session, Job job, DateTimeOffset now)
    {
        foreach ((string table, string column) in RowsOfJobs)
        {
            await session.ExecuteAsync($"DELETE FROM {table} WHERE {column} = @id", ("id", job.Id.Value));
        }

        await session.ExecuteAsync("DELETE FROM jobs WHERE id = @id", ("id", job.Id.Value));
        await NoteAsync(session, job.Id, now);
        session.MarkChanged(job.Id.Value);
    }

    /// <summary>A folder that is to go from this time on, unless its job exists by then.</summary>
    public static Task NoteAsync(SqlSession session, JobId id, DateTimeOffset time) =>
        session.ExecuteAsync("INSERT INTO deleted_jobs (id, delete_time) VALUES (@id, @time) ON CONFLICT DO NOTHING", ("id", id.Value), ("time", time.ToMicroseconds()));

    public static async Task<bool> IsNotedAsync(SqlSession session, JobId id) =>
        (await session.QueryAsync("SELECT 1 FROM deleted_jobs WHERE id = @id", _ => true, ("id", id.Value))).Count > 0;

    public static async Task<IReadOnlyList<JobId>> ListAsync(SqlSession session, DateTimeOffset now) =>
        await session.QueryAsync("SELECT id FROM deleted_jobs WHERE delete_time <= @now ORDER BY delete_time LIMIT 1000", row => new JobId(row.GetString(0)), ("now", now.ToMicroseconds()));

    public static Task ForgetAsync(SqlSession session, JobId id) => session.ExecuteAsync("DELETE FROM deleted_jobs WHERE id = @id", ("id", id.Value));
}
