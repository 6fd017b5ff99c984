using System.Data.Common;
using AlignService.Jobs;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The rows of `job_attempts`: one per claim.</summary>
internal static class AttemptTable
{
    private const string Insert = "INSERT INTO job_attempts (job_id, attempt, worker, device, host, start_time) VALUES (@id, @attempt, @worker, @device, @host, @now)";

    private const string End = "UPDATE job_attempts SET end_time = @time, outcome = @outcome WHERE job_id = @id AND attempt = @attempt AND end_time IS NULL";

    private const string Select =
        """
        SELECT attempt, worker, device, host, start_time, end_time, outcome FROM job_attempts
        WHERE job_id = @id ORDER BY attempt DESC LIMIT @limit
        """;

    private static readonly Dictionary<AttemptOutcome, string> Words = new()
    {
        [AttemptOutcome.Lost] = "lost",
        [AttemptOutcome.Stopped] = "stopped",
        [AttemptOutcome.Paused] = "paused",
        [AttemptOutcome.Succeeded] = "succeeded",
        [AttemptOutcome.Failed] = "failed",
        [AttemptOutcome.Cancelled] = "cancelled",
    };

    private static readonly Dictionary<string, AttemptOutcome> Outcomes = Words.ToDictionary(pair => pair.Value, pair => pair.Key);

    public static Task AddAsync(SqlSession session, JobId id, int attempt, (string WorkerId, WorkerPlace? Place) worker, DateTimeOffset now) => session.ExecuteAsync(
        Insert,
        ("id", id.Value),
        ("attempt", attempt),
        ("worker", worker.WorkerId),
        ("device", worker.Place?.Device),
        ("host", worker.Place?.Host),
        ("now", now.ToMicroseconds()));

    /// <summary>Ends the locked job's current attempt; one that has ended stays as it is.</summary>
    public static Task EndAsync(SqlSession session, Job job, AttemptOutcome outcome, DateTimeOffset time) =>
        session.ExecuteAsync(End, ("id", job.Id.Value), ("attempt", job.Attempt), ("outcome", Words[outcome]), ("time", time.ToMicroseconds()));

    /// <summary>The last ones, in order.</summary>
    public static async Task<List<AttemptRecord>> ListAsync(SqlSession session, JobId id, int limit)
    {
        List<AttemptRecord> attempts = await session.QueryAsync(Select, Read, ("id", id.Value), ("limit", limit));
        attempts.Reverse();
        return attempts;
    }

    private static AttemptRecord Read(DbDataReader row) => new(
        row.GetInt32(0),
        row.GetString(1),
        row.IsDBNull(2) || row.IsDBNull(3) ? null : new WorkerPlace(row.GetString(2), row.GetString(3)),
        row.GetInt64(4).ToTime(),
        row.IsDBNull(5) ? null : row.GetInt64(5).ToTime(),
        row.IsDBNull(6) ? null : Outcomes[row.GetString(6)]);
}
