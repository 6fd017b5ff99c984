using System.Globalization;
using AlignService.Specs.Metrics;

namespace AlignService.Cli.Comparison;

/// <summary>A comparison's numbers as text, for both terminal and page: one line per number and one column per job, because there are more numbers than jobs.</summary>
internal static class ComparisonText
{
    private const string Unknown = "–";

    /// <summary>The name of a number, then its value for each job.</summary>
    public static IEnumerable<IReadOnlyList<string>> Lines(JobComparison comparison)
    {
        return comparison.AreEvaluations ? Evaluations() :
        [
            Line("profile", row => row.Profile),
            Line("state", row => row.State),
            Line("steps", row => $"{row.Steps}"),
            .. comparison.Measures.Select(measure => Line($"held-out {measure}", row => HeldOut(row.HeldOut.GetValueOrDefault(measure)))),
            Line("reward (last steps)", row => Number(row.Reward)),
            Line($"reward at {Count(comparison.EqualTokens)} tokens", row => Number(row.RewardAtEqualTokens)),
            Line("KL (nats/token)", row => Number(row.Kl)),
            .. Costs(),
            Line("tokens trained", row => Count(row.TrainedTokens)),
        ];

        IEnumerable<IReadOnlyList<string>> Evaluations() =>
        [
            Line("state", row => row.State),
            .. comparison.Measures.SelectMany(Measured),
            Line("steps", row => $"{row.Steps}"),
            .. Costs(),
        ];

        // A measure, and below it by how much each job exceeds the first.
        IEnumerable<IReadOnlyList<string>> Measured(string measure) =>
            [Line(measure, row => HeldOut(row.HeldOut.GetValueOrDefault(measure))), [$"  {measure}, difference", .. comparison.Differences(measure).Select(Difference)]];

        IEnumerable<IReadOnlyList<string>> Costs() =>
        [
            Line("peak memory (GB)", row => row.PeakBytes is { } bytes ? (bytes / 1e9).ToString("0.00", CultureInfo.InvariantCulture) : Unknown),
            Line("s/step", row => Number(row.SecondsPerStep)),
            Line("tokens sampled", row => Count(row.GeneratedTokens)),
        ];

        IReadOnlyList<string> Line(string name, Func<ComparisonRow, string> read) => [name, .. comparison.Rows.Select(read)];
    }

    private static string HeldOut(HeldOutChange? change) => change is null ? Unknown
        : $"{(change.Before is { } before ? $"{MetricText.Number(before)} → " : "")}{MetricText.Score(change.After, change.StandardError)}";

    private static string Difference(HeldOutDifference? difference) => difference is null ? Unknown : $"{(difference.Value > 0 ? "+" : "")}{MetricText.Score(difference.Value, difference.StandardError)}";

    private static string Number(double? value) => value is { } known ? MetricText.Number(known) : Unknown;

    private static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
