using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The rows of `job_labels`, by which lists are filtered.</summary>
internal static class JobLabelTable
{
    private const string Insert = "INSERT INTO job_labels (job_id, label_key, label_value) VALUES (@id, @key, @value) ON CONFLICT DO NOTHING";

    public static async Task AddAsync(SqlSession session, JobId id, IReadOnlyDictionary<string, string> labels)
    {
        foreach ((string key, string value) in labels)
        {
            await session.ExecuteAsync(Insert, ("id", id.Value), ("key", key), ("value", value));
        }
    }
}
