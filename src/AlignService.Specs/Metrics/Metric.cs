using System.Text.RegularExpressions;

namespace AlignService.Specs.Metrics;

/// <summary>The definition of one metric, or of a family of them: telemetry, tables, charts, documents and the comparison of repeated steps derive from it.</summary>
public sealed record Metric
{
    private readonly Lazy<Regex> _pattern;

    /// <param name="name">The name, or a pattern in which {part} matches one or more characters: reward/{source}/mean.</param>
    /// <param name="unit">In UCUM: 1, s, By, {token}, {nat}, {token}/s.</param>
    /// <param name="description">One line of plain text.</param>
    public Metric(string name, string unit, string description)
    {
        Name = name;
        Unit = unit;
        Description = description;
        _pattern = new(() => new Regex($"^{Regex.Replace(Regex.Escape(name), @"\\\{[a-z_]+}", "(.+)")}$", RegexOptions.CultureInvariant));
    }

    public string Name { get; }

    public string Unit { get; }

    public string Description { get; }

    /// <summary>Its instrument.</summary>
    public MetricKind Kind { get; init; } = MetricKind.Gauge;

    /// <summary>How the values of a step's updates are combined into one.</summary>
    public MetricAggregation Aggregation { get; init; } = MetricAggregation.Mean;

    /// <summary>Whether a step that runs again after a resume gives exactly the same number. Times, memory and throughput do not.</summary>
    public bool Repeats { get; init; } = true;

    /// <summary>Its row in the command line's live table, without the unit; null where it has none.</summary>
    public string? Heading { get; init; }

    /// <summary>Its label in a step's line; null where it is not shown.</summary>
    public string? LineLabel { get; init; }

    /// <summary>The chart that shows it; null where none does.</summary>
    public MetricChart? Chart { get; init; }

    /// <summary>Its curve's name in the chart. In a pattern, {part} is replaced.</summary>
    public string ChartLabel { get; init; } = "";

    /// <summary>The metric that is half the width of its curve's band; null: no band.</summary>
    public string? Band { get; init; }

    public bool IsPattern => Name.Contains('{');

    /// <summary>The unit as people read it; empty for pure numbers.</summary>
    public string UnitText => Unit switch
    {
        "1" => "",
        "By" => "bytes",
        _ => Unit.Replace("{nat}", "nats", StringComparison.Ordinal).Replace("{token}", "tokens", StringComparison.Ordinal),
    };

    public bool Matches(string name) => IsPattern ? _pattern.Value.IsMatch(name) : Name == name;
}

/// <summary>The instruments of OpenTelemetry.</summary>
public enum MetricKind
{
    /// <summary>The current value.</summary>
    Gauge,

    /// <summary>A sum over steps.</summary>
    Counter,

    /// <summary>A distribution over steps.</summary>
    Histogram,
}

/// <summary>How several values of one step are combined.</summary>
public enum MetricAggregation
{
    Mean,
    Last,
    Max,
    Sum,
}
