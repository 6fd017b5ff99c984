using AlignService.Specs.Metrics;

namespace AlignService.Server.StatusPage;

/// <summary>The job page's charts, as its script reads them: the metric catalogue's.</summary>
/// <param name="Title">Above the chart.</param>
/// <param name="IsMain">Shown above the samples and the log, else below.</param>
/// <param name="Unit">Behind the newest value; empty for pure numbers.</param>
/// <param name="Series">Its curves.</param>
internal sealed record MetricCharts(string Title, bool IsMain, string Unit, IReadOnlyList<MetricCharts.Curve> Series)
{
    public static IReadOnlyList<MetricCharts> All { get; } = [.. MetricChart.All.Select(Of)];

    private static MetricCharts Of(MetricChart chart)
    {
        Metric[] metrics = [.. MetricCatalog.All.Where(metric => metric.Chart == chart)];
        return new MetricCharts(chart.Title, chart.IsMain, metrics[0].UnitText, [.. metrics.Select(Curve.Of)]);
    }

    /// <param name="Metric">A name, or a pattern: every metric that it matches gets a curve when it comes.</param>
    /// <param name="Label">In the legend; a {part} is what the pattern found.</param>
    /// <param name="Band">The metric that is half the width of the curve's band; null draws none.</param>
    /// <param name="IsSparse">Comes only at some steps, so its points are marked.</param>
    internal sealed record Curve(string Metric, string Label, string? Band, bool IsSparse)
    {
        public static Curve Of(Metric metric) =>
            new(metric.Name, metric.ChartLabel, metric.Band, metric.Name.StartsWith(MetricNames.EvalPrefix, StringComparison.Ordinal));
    }
}
