using System.Data.Common;
using AlignService.Jobs;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The rows of `job_checkpoints`: those that are complete on disk.</summary>
internal static class CheckpointTable
{
    private const string Upsert =
        """
        INSERT INTO job_checkpoints (job_id, step, directory, create_time, score) VALUES (@id, @step, @directory, @time, @score)
        ON CONFLICT (job_id, step) DO UPDATE SET directory = excluded.directory, create_time = excluded.create_time, score = excluded.score
        """;

    private const string Delete = "DELETE FROM job_checkpoints WHERE job_id = @id AND step = @step";

    private const string Rank = "UPDATE jobs SET best_score = (SELECT MAX(c.score) FROM job_checkpoints c WHERE c.job_id = jobs.id) WHERE id = @id";

    private const string Select = "SELECT step, directory, create_time, score FROM job_checkpoints WHERE job_id = @id ORDER BY step";

    public static async Task AddAsync(SqlSession session, JobId id, JobCheckpoint checkpoint)
    {
        await session.ExecuteAsync(
            Upsert,
            ("id", id.Value),
            ("step", checkpoint.Step),
            ("directory", checkpoint.Directory),
            ("time", checkpoint.CreateTime.ToMicroseconds()),
            ("score", checkpoint.Score));
        await session.ExecuteAsync(Rank, ("id", id.Value));
        session.MarkChanged(id.Value);
    }

    public static async Task RemoveAsync(SqlSession session, JobId id, int step)
    {
        await session.ExecuteAsync(Delete, ("id", id.Value), ("step", step));
        await session.ExecuteAsync(Rank, ("id", id.Value));
        session.MarkChanged(id.Value);
    }

    public static Task<List<JobCheckpoint>> ListAsync(SqlSession session, JobId id) => session.QueryAsync(Select, Read, ("id", id.Value));

    private static JobCheckpoint Read(DbDataReader row) => new(
        row.GetInt32(0), row.GetString(1), row.GetInt64(2).ToTime(), row.IsDBNull(3) ? null : row.GetDouble(3));
}
