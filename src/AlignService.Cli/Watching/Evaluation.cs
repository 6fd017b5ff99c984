namespace AlignService.Cli.Watching;

/// <summary>The held-out numbers of one evaluation.</summary>
/// <param name="Step">After how many steps; 0 is before the first.</param>
/// <param name="Scores">Mean and standard error by name: `reward` for the weighted sum, else the reward source. The error is null where none was reported.</param>
internal sealed record Evaluation(int Step, IReadOnlyDictionary<string, (double Mean, double? StandardError)> Scores)
{
    /// <summary>Reads an evaluation out of a metric event; null where it holds none.</summary>
    public static Evaluation? From(int step, IEnumerable<KeyValuePair<string, double>> metrics)
    {
        var values = metrics.Where(pair => pair.Key.StartsWith(MetricNames.EvaluationPrefix, StringComparison.Ordinal)).ToDictionary();
        var scores = values.Keys
            .Where(key => key.EndsWith(MetricNames.Mean, StringComparison.Ordinal))
            .Select(key => key[MetricNames.EvaluationPrefix.Length..^MetricNames.Mean.Length])
            .ToDictionary(
                name => name,
                name => (values[$"{MetricNames.EvaluationPrefix}{name}{MetricNames.Mean}"],
                    values.TryGetValue($"{MetricNames.EvaluationPrefix}{name}{MetricNames.StandardError}", out double error) ? error : (double?)null));
        return scores.Count > 0 ? new Evaluation(step, scores) : null;
    }
}
