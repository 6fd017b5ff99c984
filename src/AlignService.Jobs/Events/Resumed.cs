namespace AlignService.Jobs.Events;

/// <summary>A new worker went on from a checkpoint.</summary>
public sealed record Resumed(int Attempt, int FromStep, string Reason) : JobEventBody;
