using System.Data.Common;
using System.Text.Json;
using AlignService.Jobs.Ports;
using AlignService.Jobs.Rollouts;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>The rows of `job_rollouts`.</summary>
internal static class RolloutIndexTable
{
    private const string SelectReplaced = "SELECT file FROM job_rollouts WHERE job_id = @id AND (step = @step OR step < @first)";

    private const string Delete = "DELETE FROM job_rollouts WHERE job_id = @id AND (step = @step OR step < @first)";

    private const string Insert =
        """
        INSERT INTO job_rollouts (job_id, step, file, sources, min_reward, max_reward, min_tokens, max_tokens, columns)
        VALUES (@id, @step, @file, @sources, @min_reward, @max_reward, @min_tokens, @max_tokens, @columns)
        """;

    private const string Select = "SELECT step, file, sources, columns FROM job_rollouts WHERE job_id = @id AND step >= @from AND step <= @to";

    /// <summary>Of a locked job. Returns the files that are not named any more.</summary>
    public static async Task<IReadOnlyList<string>> ReplaceAsync(SqlSession session, JobId id, RolloutEntry entry, int firstKeptStep)
    {
        (string, object?)[] which = [("id", id.Value), ("step", entry.Step), ("first", firstKeptStep)];
        List<string> files = await session.QueryAsync(SelectReplaced, row => row.GetString(0), which);
        if (files.Count > 0)
        {
            await session.ExecuteAsync(Delete, which);
        }

        double[] rewards = [.. entry.Columns.Rewards.Where(reward => !double.IsNaN(reward))];
        await session.ExecuteAsync(
            Insert,
            ("id", id.Value),
            ("step", entry.Step),
            ("file", entry.File),
            ("sources", JsonSerializer.Serialize(entry.Columns.Sources)),
            ("min_reward", rewards.Length == 0 ? null : rewards.Min()),
            ("max_reward", rewards.Length == 0 ? null : rewards.Max()),
            ("min_tokens", entry.Columns.TokenCounts.DefaultIfEmpty().Min()),
            ("max_tokens", entry.Columns.TokenCounts.DefaultIfEmpty().Max()),
            ("columns", entry.Columns.ToBytes()));
        files.Remove(entry.File);
        return files;
    }

    public static Task<List<string>> ListFilesAsync(SqlSession session, JobId id) =>
        session.QueryAsync("SELECT file FROM job_rollouts WHERE job_id = @id", row => row.GetString(0), ("id", id.Value));

    /// <summary>Without the steps whose bounds say that no rollout passes.</summary>
    public static Task<List<RolloutEntry>> ReadAsync(SqlSession session, JobId id, RolloutFilter filter, int limit)
    {
        List<(string, object?)> parameters = [("id", id.Value), ("from", filter.FromStep), ("to", filter.ToStep), ("limit", limit)];
        (string Condition, string Name, double? Value)[] bounds =
        [
            ("max_reward >= @reward_from", "reward_from", filter.Reward.Min),
            ("min_reward <= @reward_to", "reward_to", filter.Reward.Max),
            ("max_tokens >= @tokens_from", "tokens_from", filter.TokenCount.Min),
            ("min_tokens <= @tokens_to", "tokens_to", filter.TokenCount.Max),
        ];
        string conditions = "";
        foreach ((string condition, string name, double? value) in bounds.Where(bound => bound.Value is not null))
        {
            parameters.Add((name, value));
            conditions += $" AND {condition}";
        }

        return session.QueryAsync($"{Select}{conditions} ORDER BY step LIMIT @limit", Read, [.. parameters]);
    }

    private static RolloutEntry Read(DbDataReader row)
    {
        string[] sources = JsonSerializer.Deserialize<string[]>(row.GetString(2)) ?? [];
        return new(row.GetInt32(0), row.GetString(1), RolloutColumns.FromBytes(row.GetFieldValue<byte[]>(3), sources));
    }
}
