using System.Globalization;
using AlignService.Cli.Watching;

namespace AlignService.Cli.Comparison;

/// <summary>A comparison's numbers in words, for the terminal and the page alike: a line a number and a column a job, as there are more numbers than jobs.</summary>
internal static class ComparisonText
{
    /// <summary>The name of a number, then its value for each job.</summary>
    public static IEnumerable<IReadOnlyList<string>> Lines(JobComparison comparison)
    {
        IReadOnlyList<string>[] cells = [.. comparison.Rows.Select(Cells)];
        return Names(comparison).Select((name, i) => (IReadOnlyList<string>)[name, .. cells.Select(row => row[i])]);
    }

    private static IReadOnlyList<string> Names(JobComparison comparison) =>
    [
        "profile", "state", "steps", "held-out reward", "reward (last steps)", $"reward at {Count(comparison.EqualTokens)} tokens", "KL (nats/token)", "peak memory (GB)", "s/step",
        "tokens sampled", "tokens trained",
    ];

    private static IReadOnlyList<string> Cells(ComparisonRow row) =>
    [
        row.Profile, row.State, $"{row.Steps}", HeldOut(row), Number(row.Reward), Number(row.RewardAtEqualTokens), Number(row.Kl),
        row.PeakBytes is { } bytes ? (bytes / 1e9).ToString("0.00", CultureInfo.InvariantCulture) : "–", Number(row.SecondsPerStep), Count(row.GeneratedTokens), Count(row.TrainedTokens),
    ];

    private static string HeldOut(ComparisonRow row) => row.HeldOutAfter is not { } after ? "–"
        : $"{(row.HeldOutBefore is { } before ? $"{EventText.Number(before)} → " : "")}{EventText.Score((after, row.HeldOutError))}";

    private static string Number(double? value) => value is { } known ? EventText.Number(known) : "–";

    private static string Count(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
