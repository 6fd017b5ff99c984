using AlignService.Specs.Metrics;

namespace AlignService.Cli.Comparison;

/// <summary>How one held-out measure changed.</summary>
/// <param name="Measure">reward, the name of a source, avg_at_n or pass_at_k.</param>
/// <param name="Before">Before the first step; null where it was not measured then.</param>
/// <param name="After">At the last evaluation.</param>
/// <param name="StandardError">Of the last; null where none was reported.</param>
internal sealed record HeldOutChange(string Measure, double? Before, double After, double? StandardError)
{
    /// <summary>The weighted sum of all sources.</summary>
    public const string Reward = "reward";

    /// <summary>Every measure of a job's last evaluation; none where it was not evaluated.</summary>
    public static IReadOnlyDictionary<string, HeldOutChange> Of(ComparedJob job)
    {
        HeldOutScores? first = At(job, 0);
        return job.Evaluations.Count == 0 || At(job, job.Evaluations.Keys.Last()) is not { } last ? new Dictionary<string, HeldOutChange>() : last.Scores.ToDictionary(
            pair => pair.Key,
            pair => new HeldOutChange(pair.Key, first is not null && first.Scores.TryGetValue(pair.Key, out var before) ? before.Mean : null, pair.Value.Mean, pair.Value.StandardError));
    }

    private static HeldOutScores? At(ComparedJob job, int step) => job.Evaluations.TryGetValue(step, out Dictionary<string, double>? metrics) ? HeldOutScores.From(step, metrics) : null;
}
