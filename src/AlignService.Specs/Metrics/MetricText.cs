using System.Globalization;

namespace AlignService.Specs.Metrics;

/// <summary>Metrics as text.</summary>
public static class MetricText
{
    /// <summary>Four significant digits, without an exponent where that stays short.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        string format = size switch
        {
            0 => "0",
            < 1e-4 or >= 1e6 => "0.00e+0",
            < 1 => "0.0000",
            < 100 => "0.00",
            _ => "0.#",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>A mean with its standard error, if any.</summary>
    public static string Score(double mean, double? standardError) => standardError is { } error ? $"{Number(mean)} ± {Number(error)}" : Number(mean);

    /// <summary>Whether these are the numbers of a training step, not of an evaluation or a checkpoint.</summary>
    public static bool AreOfStep(IReadOnlyDictionary<string, double> values) => values.ContainsKey(MetricNames.RewardMean) || values.ContainsKey(MetricNames.TimeStep);

    /// <summary>The numbers of a step or an evaluation in one line; empty where they are neither.</summary>
    /// <param name="values">By name.</param>
    /// <param name="step">The step that they belong to.</param>
    /// <param name="totalSteps">0 where unknown.</param>
    public static string Line(IReadOnlyDictionary<string, double> values, int step, int totalSteps)
    {
        if (HeldOutScores.From(step, values) is { } evaluation)
        {
            return $"held-out, step {step}: {evaluation}";
        }

        if (!AreOfStep(values))
        {
            return "";
        }

        string total = totalSteps > 0 ? $"/{totalSteps}" : "";
        IEnumerable<string> numbers = MetricCatalog.All
            .Where(metric => metric.LineLabel is not null && values.ContainsKey(metric.Name))
            .Select(metric => $"  {metric.LineLabel} {Number(values[metric.Name])}");
        return $"step {step}{total}:{string.Concat(numbers)}";
    }
}

/// <summary>The held-out numbers of one evaluation.</summary>
/// <param name="Step">Completed steps; 0 is before the first.</param>
/// <param name="Scores">Mean and standard error by name: `reward` for the weighted sum, else the reward source. The error is null if not reported.</param>
public sealed record HeldOutScores(int Step, IReadOnlyDictionary<string, (double Mean, double? StandardError)> Scores)
{
    private const string Mean = "/mean";

    /// <summary>Extracts an evaluation from metrics; null where they hold none.</summary>
    public static HeldOutScores? From(int step, IReadOnlyDictionary<string, double> metrics)
    {
        var scores = metrics.Keys
            .Where(key => key.StartsWith(MetricNames.EvalPrefix, StringComparison.Ordinal) && key.EndsWith(Mean, StringComparison.Ordinal))
            .Select(key => key[MetricNames.EvalPrefix.Length..^Mean.Length])
            .ToDictionary(
                name => name,
                name => (metrics[MetricNames.EvalMean(name)], metrics.TryGetValue(MetricNames.EvalStandardError(name), out double error) ? error : (double?)null));
        return scores.Count > 0 ? new HeldOutScores(step, scores) : null;
    }

    /// <summary>The weighted reward first, then by name.</summary>
    public override string ToString() => string.Join(
        "  ",
        Scores.OrderBy(pair => pair.Key != "reward").ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {MetricText.Score(pair.Value.Mean, pair.Value.StandardError)}"));
}
