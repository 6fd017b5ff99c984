using System.Text.Json.Nodes;

namespace AlignService.Cli.Comparison;

/// <summary>Several jobs side by side.</summary>
internal sealed class JobComparison
{
    public JobComparison(IReadOnlyList<ComparedJob> jobs)
    {
        Jobs = jobs;
        EqualTokens = jobs.Min(job => job.GeneratedTokens);
        Rows = [.. jobs.Select(job => ComparisonRow.Of(job, EqualTokens))];
        Caveats = JobDifferences.Caveats(jobs);
        Settings = JobDifferences.Settings(jobs);
    }

    public IReadOnlyList<ComparedJob> Jobs { get; }

    /// <summary>Sampled tokens that every job has spent.</summary>
    public double EqualTokens { get; }

    public IReadOnlyList<ComparisonRow> Rows { get; }

    /// <summary>Why the numbers are not comparable without care.</summary>
    public IReadOnlyList<string> Caveats { get; }

    /// <summary>The settings in which the jobs differ.</summary>
    public IReadOnlyList<(string Field, IReadOnlyList<string?> Values)> Settings { get; }

    public JsonObject ToJson() => new()
    {
        ["jobs"] = new JsonArray([.. Rows.Select(ToJson)]),
        ["equal_tokens"] = EqualTokens,
        ["caveats"] = new JsonArray([.. Caveats.Select(caveat => (JsonNode)caveat)]),
        ["settings"] = new JsonArray([.. Settings.Select(setting => new JsonObject { ["field"] = setting.Field, ["values"] = new JsonArray([.. setting.Values.Select(value => (JsonNode?)value)]) })]),
    };

    private static JsonObject ToJson(ComparisonRow row) => new()
    {
        ["name"] = row.Name,
        ["state"] = row.State,
        ["profile"] = row.Profile,
        ["steps"] = row.Steps,
        ["held_out_reward_before"] = row.HeldOutBefore,
        ["held_out_reward_after"] = row.HeldOutAfter,
        ["held_out_standard_error"] = row.HeldOutError,
        ["reward"] = row.Reward,
        ["reward_at_equal_tokens"] = row.RewardAtEqualTokens,
        ["kl"] = row.Kl,
        ["peak_bytes"] = row.PeakBytes,
        ["seconds_per_step"] = row.SecondsPerStep,
        ["tokens_generated"] = row.GeneratedTokens,
        ["tokens_trained"] = row.TrainedTokens,
    };
}
