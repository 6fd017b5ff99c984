using System.Text.Json.Serialization;
using AlignService.Jobs.Runs;

namespace AlignService.Benchmarks.Learning;

/// <summary>Share of held-out prompts that were answered rightly.</summary>
/// <param name="Mean">In [0, 1].</param>
/// <param name="StandardError">Of the mean, over prompts.</param>
internal sealed record HeldOutSuccess(double Mean, double StandardError)
{
    /// <summary>In percent, as tables show it.</summary>
    [JsonIgnore]
    public string Text => FormattableString.Invariant($"{100 * Mean:F1} ± {100 * StandardError:F1}");

    /// <summary>Null where the report has no answers to the task's prompts.</summary>
    public static HeldOutSuccess? In(RunReport? report) =>
        report?.Metrics.TryGetValue($"eval/{SortingTask.Success}/mean", out double mean) == true
            ? new(mean, report.Metrics[$"eval/{SortingTask.Success}/standard_error"])
            : null;

    /// <summary>Whether this one is higher by more than two standard errors of the difference.</summary>
    public bool IsAbove(HeldOutSuccess other) => Mean - other.Mean > 2 * Math.Sqrt((StandardError * StandardError) + (other.StandardError * other.StandardError));
}
