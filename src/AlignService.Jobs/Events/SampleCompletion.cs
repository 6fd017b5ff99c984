namespace AlignService.Jobs.Events;

/// <summary>A completion as a user reads it.</summary>
public sealed record SampleCompletion
{
    public required string Prompt { get; init; }

    public required string Completion { get; init; }

    /// <summary>Null is "no score".</summary>
    public double? Reward { get; init; }

    /// <summary>Score of each source that gave one.</summary>
    public IReadOnlyDictionary<string, double> Scores { get; init; } = new Dictionary<string, double>();

    /// <summary>stop, stop_string or length.</summary>
    public required string FinishReason { get; init; }

    public int TokenCount { get; init; }

    public string? Answer { get; init; }
}
