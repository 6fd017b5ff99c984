using System.Globalization;

namespace AlignService.Benchmarks.Learning;

/// <summary>The runs as a Markdown table, one row a run.</summary>
internal static class LearningTable
{
    private static readonly string[] Header =
        ["variant", "seed", "success before, %", "after, %", "learned", "clipped below / above, %", "KL, nats", "explained variance", "s per step", "tokens trained", "peak memory, GB"];

    public static IEnumerable<string> Lines(IReadOnlyList<LearningCurve> curves) =>
        [Row(Header), Row(Header.Select(_ => "---")), .. curves.Select(curve => Row(Cells(curve)))];

    private static IEnumerable<string> Cells(LearningCurve curve) =>
    [
        curve.Variant,
        curve.Seed.ToString(CultureInfo.InvariantCulture),
        curve.Before.Text,
        curve.After.Text,
        curve.After.IsAbove(curve.Before) ? "yes" : "no",
        curve.Mean("policy/clip_low_fraction") is { } low && curve.Mean("policy/clip_high_fraction") is { } high ? Text(100 * low, "F2") + " / " + Text(100 * high, "F2") : "",
        Text(curve.Settled("policy/kl"), "F3"),
        Text(curve.Settled("critic/explained_variance_monte_carlo"), "F2"),
        Text(curve.Mean("time/step"), "F2"),
        Text(curve.Sum("tokens/trained"), "N0"),
        Text(curve.PeakBytes / 1e9, "F2"),
    ];

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
