using AlignService.Jobs;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The rows of `job_models`.</summary>
internal static class ModelTable
{
    private const string Select = "SELECT source_id, step, folder FROM job_models WHERE job_id = @id AND reference = @reference";

    private const string Insert = "INSERT INTO job_models (job_id, reference, source_id, step, folder) VALUES (@id, @reference, @source, @step, @folder)";

    private const string SelectUsed =
        """
        SELECT DISTINCT m.folder FROM job_models m JOIN jobs j ON j.id = m.job_id
        WHERE m.source_id = @source AND j.state NOT IN ('succeeded', 'failed', 'cancelled') ORDER BY m.folder
        """;

    public static async Task<UsedCheckpoint?> FindAsync(SqlSession session, JobId id, string reference) =>
        (await session.QueryAsync(Select, row => new UsedCheckpoint(new JobId(row.GetString(0)), row.GetInt32(1), row.GetString(2)), ("id", id.Value), ("reference", reference))).SingleOrDefault();

    public static Task AddAsync(SqlSession session, JobId id, string reference, UsedCheckpoint used) =>
        session.ExecuteAsync(Insert, ("id", id.Value), ("reference", reference), ("source", used.Source.Value), ("step", used.Step), ("folder", used.Folder));

    /// <summary>Folders of a job's checkpoints that jobs which have not ended began with.</summary>
    public static Task<List<string>> ListUsedAsync(SqlSession session, JobId source) => session.QueryAsync(SelectUsed, row => row.GetString(0), ("source", source.Value));
}
