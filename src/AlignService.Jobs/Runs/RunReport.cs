using AlignService.Jobs.Events;

namespace AlignService.Jobs.Runs;

/// <summary>What a step or an evaluation has to say.</summary>
public sealed record RunReport
{
    /// <summary>By the names of algorithms.md.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    public IReadOnlyList<SampleCompletion> Samples { get; init; } = [];

    public IReadOnlyList<LogMessage> Messages { get; init; } = [];

    /// <summary>An evaluation's mean reward; decides which checkpoint is best.</summary>
    public double? Score { get; init; }
}
