namespace AlignService.Jobs.Events;

/// <summary>A step that ran again after a resume gave another number than the first time.</summary>
public sealed record Divergence(string Metric, double First, double Again) : JobEventBody;
