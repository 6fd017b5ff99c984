namespace AlignService.Jobs.Events;

/// <summary>Compares the numbers of a step that ran twice.</summary>
public static class DivergenceFinder
{
    /// <summary>
    /// One <see cref="Divergence"/> for each metric that is not the same number again; NaN stands for a metric that is absent. Times, memory, speeds and
    /// latencies differ between any two runs and are left out.
    /// </summary>
    public static IEnumerable<Divergence> Compare(MetricPoints first, MetricPoints again) =>
        first.Values.Keys
            .Union(again.Values.Keys)
            .Where(MustRepeat)
            .Order(StringComparer.Ordinal)
            .Select(metric => new Divergence(metric, ValueOf(first, metric), ValueOf(again, metric)))
            .Where(pair => !pair.First.Equals(pair.Again));

    private static double ValueOf(MetricPoints points, string metric) => points.Values.TryGetValue(metric, out double value) ? value : double.NaN;

    private static bool MustRepeat(string metric)
    {
        bool isTiming = metric.StartsWith("time/", StringComparison.Ordinal)
            || metric.StartsWith("memory/", StringComparison.Ordinal)
            || metric.EndsWith("_per_second", StringComparison.Ordinal)
            || (metric.StartsWith("reward/", StringComparison.Ordinal) && metric.Contains("/latency", StringComparison.Ordinal));
        return !isTiming;
    }
}
