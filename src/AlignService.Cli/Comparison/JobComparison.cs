using System.Text.Json.Nodes;

namespace AlignService.Cli.Comparison;

/// <summary>Several jobs side by side.</summary>
internal sealed class JobComparison
{
    public JobComparison(IReadOnlyList<ComparedJob> jobs)
    {
        Jobs = jobs;
        EqualTokens = jobs.Select(job => job.GeneratedTokens).Where(tokens => tokens > 0).DefaultIfEmpty(0).Min();
        Rows = [.. jobs.Select(job => ComparisonRow.Of(job, EqualTokens))];
        Caveats = JobDifferences.Caveats(jobs);
        Settings = JobDifferences.Settings(jobs);
    }

    public IReadOnlyList<ComparedJob> Jobs { get; }

    /// <summary>Sampled tokens that every sampling job has spent.</summary>
    public double EqualTokens { get; }

    public IReadOnlyList<ComparisonRow> Rows { get; }

    /// <summary>The held-out measures of any of the jobs, the reward first.</summary>
    public IReadOnlyList<string> Measures =>
        [.. Rows.SelectMany(row => row.HeldOut.Keys).Append(HeldOutChange.Reward).Distinct().OrderBy(name => name != HeldOutChange.Reward).ThenBy(name => name, StringComparer.Ordinal)];

    /// <summary>Whether every job only evaluates, so that their numbers can be subtracted.</summary>
    public bool AreEvaluations => Jobs.All(job => TrainedWork.IsEvaluation(job.Job.Spec));

    /// <summary>By how much each job's measure exceeds the first job's, one per job; null where it cannot be said, and for the first.</summary>
    public IReadOnlyList<HeldOutDifference?> Differences(string measure) =>
        [.. Rows.Select((row, index) => index == 0 || !AreEvaluations ? null : HeldOutDifference.Between(Rows[0].HeldOut.GetValueOrDefault(measure), row.HeldOut.GetValueOrDefault(measure)))];

    /// <summary>Why the numbers must be compared with care.</summary>
    public IReadOnlyList<string> Caveats { get; }

    /// <summary>The settings in which the jobs differ.</summary>
    public IReadOnlyList<(string Field, IReadOnlyList<string?> Values)> Settings { get; }

    public JsonObject ToJson() => new()
    {
        ["jobs"] = new JsonArray([.. Rows.Select(ToJson)]),
        ["differences"] = AreEvaluations ? new JsonObject(Measures.Select(measure => KeyValuePair.Create(measure, (JsonNode?)new JsonArray([.. Differences(measure).Select(ToJson)])))) : null,
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
        ["held_out"] = new JsonObject(row.HeldOut.Values.Select(change => KeyValuePair.Create<string, JsonNode?>(change.Measure, ToJson(change)))),
        ["reward"] = row.Reward,
        ["reward_at_equal_tokens"] = row.RewardAtEqualTokens,
        ["kl"] = row.Kl,
        ["peak_bytes"] = row.PeakBytes,
        ["seconds_per_step"] = row.SecondsPerStep,
        ["tokens_generated"] = row.GeneratedTokens,
        ["tokens_trained"] = row.TrainedTokens,
    };

    private static JsonNode? ToJson(HeldOutDifference? difference) =>
        difference is null ? null : new JsonObject { ["difference"] = difference.Value, ["standard_error"] = difference.StandardError };

    private static JsonObject ToJson(HeldOutChange change) => new() { ["before"] = change.Before, ["after"] = change.After, ["standard_error"] = change.StandardError };
}
