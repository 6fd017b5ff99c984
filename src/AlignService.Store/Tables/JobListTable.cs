using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>What a list of jobs is to have.</summary>
/// <param name="States">Empty: jobs in any.</param>
/// <param name="Project">Null: of any.</param>
/// <param name="Filter">The other conditions, and the order.</param>
internal sealed record JobQuery(IReadOnlyList<JobState> States, ProjectId? Project, JobFilter Filter);

/// <summary>Pages of `jobs`.</summary>
internal static class JobListTable
{
    /// <summary>Where a job without a score stands in the order of scores.</summary>
    private const double NoScore = double.MinValue;

    private const string Score = "COALESCE(j.best_score, @no_score)";

    private const string SelectBlockers =
        """
        SELECT d.job_id, a.id, a.state FROM job_dependencies d JOIN jobs a ON a.id = d.after_id WHERE a.state <> 'succeeded' AND d.job_id IN (@ids) ORDER BY d.job_id, a.id
        """;

    /// <summary>One more than the page size indicates another page.</summary>
    public static Task<List<Job>> PageAsync(SqlSession session, JobQuery query, PageToken? after, int limit)
    {
        var parameters = new List<(string, object?)> { ("limit", limit) };
        List<string> conditions = [.. StateConditions(query, parameters), .. FilterConditions(query.Filter, parameters)];
        bool byScore = query.Filter.Order == JobOrder.Score;
        if (byScore)
        {
            parameters.Add(("no_score", NoScore));
        }

        if (after is not null)
        {
            // As one comparison, which an index answers.
            conditions.Add(byScore ? $"({Score}, j.create_time, j.id) < (@score, @time, @id)" : "(j.create_time, j.id) < (@time, @id)");
            parameters.AddRange([("time", after.CreateTime), ("id", after.JobId)]);
            if (byScore)
            {
                parameters.Add(("score", after.Score ?? NoScore));
            }
        }

        string where = conditions.Count > 0 ? $"WHERE {string.Join(" AND ", conditions)} " : "";
        string order = byScore ? $"{Score} DESC, " : "";
        return session.QueryAsync($"SELECT {JobTable.Columns} FROM jobs j {where}ORDER BY {order}j.create_time DESC, j.id DESC LIMIT @limit", JobTable.Read, [.. parameters]);
    }

    public static async Task<IReadOnlyDictionary<JobId, (JobId After, JobState State)>> FindBlockersAsync(SqlSession session, IReadOnlyList<JobId> ids)
    {
        if (ids.Count == 0)
        {
            return new Dictionary<JobId, (JobId, JobState)>();
        }

        string names = string.Join(", ", ids.Select((_, index) => $"@id{index}"));
        List<(JobId Job, JobId After, JobState State)> rows = await session.QueryAsync(
            SelectBlockers.Replace("@ids", names, StringComparison.Ordinal),
            row => (new JobId(row.GetString(0)), new JobId(row.GetString(1)), JobStateText.Parse(row.GetString(2))),
            [.. ids.Select((id, index) => ($"id{index}", (object?)id.Value))]);
        return rows.DistinctBy(row => row.Job).ToDictionary(row => row.Job, row => (row.After, row.State));
    }

    private static IEnumerable<string> StateConditions(JobQuery query, List<(string, object?)> parameters)
    {
        if (query.States.Count > 0)
        {
            parameters.AddRange(query.States.Select((state, index) => ($"state{index}", (object?)state.ToText())));
            yield return $"j.state IN ({string.Join(", ", query.States.Select((_, index) => $"@state{index}"))})";
        }

        if (query.Project is { } one)
        {
            parameters.Add(("project", one.Value));
            yield return "j.project = @project";
        }
    }

    private static IEnumerable<string> FilterConditions(JobFilter filter, List<(string, object?)> parameters)
    {
        if (filter.Kinds.Count > 0)
        {
            parameters.AddRange(filter.Kinds.Select((kind, index) => ($"kind{index}", (object?)kind)));
            yield return $"j.kind IN ({string.Join(", ", filter.Kinds.Select((_, index) => $"@kind{index}"))})";
        }

        if (filter.DisplayName.Length > 0)
        {
            parameters.Add(("name", $"%{Escaped(filter.DisplayName.ToLowerInvariant().ToSearchable())}%"));
            yield return "j.search_name LIKE @name ESCAPE '!'";
        }

        int number = 0;
        foreach ((string key, string value) in filter.Labels)
        {
            parameters.Add(($"key{number}", key.ToSearchable()));
            string isValue = "";
            if (value.Length > 0)
            {
                parameters.Add(($"value{number}", value.ToSearchable()));
                isValue = $" AND l.label_value = @value{number}";
            }

            yield return $"EXISTS (SELECT 1 FROM job_labels l WHERE l.job_id = j.id AND l.label_key = @key{number}{isValue})";
            number++;
        }
    }

    private static string Escaped(string text) =>
        text.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal);
}
