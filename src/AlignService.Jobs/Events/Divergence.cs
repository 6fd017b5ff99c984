using AlignService.Specs.Metrics;
using AlignService.Specs.Resources;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Jobs.Events;

/// <summary>A step that ran again after a resume gave a different number than the first time.</summary>
public sealed record Divergence(string Metric, double First, double Again) : JobEventBody
{
    internal override string Describe(int step, int totalSteps) =>
        $"warning: step {step} ran again and {Metric} is {MetricText.Number(Again)}, the first time {MetricText.Number(First)}";

    internal override LogSeverity GetSeverity() => LogSeverity.Warning;

    internal override void WriteTo(Wire.JobEvent wire, JobId id) => wire.Divergence = new Wire.Divergence { Metric = Metric, First = First, Again = Again };
}

/// <summary>Compares the numbers of a step that ran twice.</summary>
public static class DivergenceFinder
{
    /// <summary>
    /// One <see cref="Divergence"/> for each metric that is not the same number again; NaN stands for a metric that is absent. Metrics that the catalog knows
    /// to differ between any two runs (times, memory, speeds) are left out.
    /// </summary>
    public static IEnumerable<Divergence> Compare(MetricPoints first, MetricPoints again) =>
        first.Values.Keys
            .Union(again.Values.Keys)
            .Where(metric => MetricCatalog.Find(metric)?.Repeats ?? true)
            .Order(StringComparer.Ordinal)
            .Select(metric => new Divergence(metric, ValueOf(first, metric), ValueOf(again, metric)))
            .Where(pair => !pair.First.Equals(pair.Again));

    private static double ValueOf(MetricPoints points, string metric) => points.Values.TryGetValue(metric, out double value) ? value : double.NaN;
}
