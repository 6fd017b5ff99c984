namespace AlignService.Cli.Comparison;

/// <summary>One job's points in a plot, in the order in which they are joined.</summary>
internal sealed record PlotSeries(string Label, IReadOnlyList<(double X, double Y)> Points);
