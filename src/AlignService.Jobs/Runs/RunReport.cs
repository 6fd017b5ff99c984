using AlignService.Jobs.Events;
using AlignService.Specs.Guardian;

namespace AlignService.Jobs.Runs;

/// <summary>What a step or an evaluation has to say.</summary>
public sealed record RunReport
{
    /// <summary>By the names of algorithms.md.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    public IReadOnlyList<SampleCompletion> Samples { get; init; } = [];

    public IReadOnlyList<LogMessage> Messages { get; init; } = [];

    /// <summary>What the guardian has seen in a step.</summary>
    public IReadOnlyList<GuardianFinding> Findings { get; init; } = [];

    /// <summary>The step may turn out to be one that the job rolls back from; what it left is not for a checkpoint as long as there is a choice.</summary>
    public bool IsSuspect { get; init; }

    /// <summary>An evaluation's mean reward; decides which checkpoint is best.</summary>
    public double? Score { get; init; }
}
