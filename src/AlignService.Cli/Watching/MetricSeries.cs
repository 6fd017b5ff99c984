namespace AlignService.Cli.Watching;

/// <summary>One metric over the steps of a job.</summary>
internal sealed class MetricSeries
{
    private readonly List<double> _values = [];

    public double First => _values[0];

    public double Last => _values[^1];

    public IReadOnlyList<double> Values => _values;

    public void Add(double value) => _values.Add(value);
}
