using AlignService.Specs.Metrics;

namespace AlignService.Server.StatusPage;

/// <summary>The job page's charts for its script, from the metric catalog.</summary>
/// <param name="Title">Above the chart.</param>
/// <param name="IsMain">Shown above the samples and the log, else below.</param>
/// <param name="Unit">Shown after the newest value; empty for pure numbers.</param>
/// <param name="Series">Its curves.</param>
internal sealed record MetricCharts(string Title, bool IsMain, string Unit, IReadOnlyList<MetricCharts.Curve> Series)
{
    public static IReadOnlyList<MetricCharts> All { get; } = [.. MetricChart.All.Select(Of)];

    private static MetricCharts Of(MetricChart chart)
    {
        Metric[] metrics = [.. MetricCatalog.All.Where(metric => metric.Chart == chart)];
        return new MetricCharts(chart.Title, chart.IsMain, metrics[0].UnitText, [.. metrics.Select(Curve.Of)]);
    }

    /// <param name="Metric">A name, or a pattern: every matching metric gets a curve when it first arrives.</param>
    /// <param name="Label">In the legend; {part} is replaced by the pattern's match.</param>
    /// <param name="Band">The metric that is half the width of the curve's band; null: no band.</param>
    /// <param name="IsSparse">Reported only at some steps, so its points are marked.</param>
    internal sealed record Curve(string Metric, string Label, string? Band, bool IsSparse)
    {
        public static Curve Of(Metric metric) =>
            new(metric.Name, metric.ChartLabel, metric.Band, metric.Name.StartsWith(MetricNames.EvalPrefix, StringComparison.Ordinal));
    }
}
