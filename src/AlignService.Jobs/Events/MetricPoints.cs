namespace AlignService.Jobs.Events;

/// <summary>The numbers of one step or one evaluation, by the names of algorithms.md.</summary>
public sealed record MetricPoints(IReadOnlyDictionary<string, double> Values) : JobEventBody;
