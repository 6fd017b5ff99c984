using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The rows of `job_sources`.</summary>
internal static class JobSourceTable
{
    /// <summary>As an insert names them.</summary>
    public const string Columns = "job_sources (job_id, source, source_job)";

    /// <summary>From each job that has not ended, along the jobs whose checkpoints are named, to what these name.</summary>
    private const string SelectUser =
        """
        WITH RECURSIVE needed (user_id, job_id) AS (
            SELECT id, id FROM jobs WHERE state IN ('queued', 'preparing', 'running', 'paused')
            UNION
            SELECT n.user_id, s.source_job FROM needed n JOIN job_sources s ON s.job_id = n.job_id WHERE s.source_job IS NOT NULL
        )
        SELECT n.user_id FROM needed n JOIN job_sources s ON s.job_id = n.job_id JOIN jobs j ON j.id = n.job_id
        WHERE (s.source = @name AND j.project = @project) OR s.source = @directory OR substr(s.source, 1, @length) = @below
        ORDER BY n.user_id LIMIT 1
        """;

    /// <param name="id">Of a new job.</param>
    /// <param name="sources">Each once.</param>
    public static IEnumerable<object?[]> Rows(JobId id, IReadOnlyList<string> sources) => sources.Select(source => new object?[] { id.Value, source, ModelReference.Parse(source).JobId?.Value });

    /// <summary>A job that has not ended and needs a model or a dataset; null where none does.</summary>
    public static async Task<JobId?> FindUserAsync(SqlSession session, ProjectId project, StoredName name, string directory)
    {
        string below = $"{directory}/";
        List<string> users = await session.QueryAsync(
            SelectUser, row => row.GetString(0), ("name", name.ResourceName), ("project", project.Value), ("directory", directory), ("below", below), ("length", below.Length));
        return users is [string user] ? new JobId(user) : null;
    }
}
