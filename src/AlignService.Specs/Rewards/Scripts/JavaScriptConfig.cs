namespace AlignService.Specs.Rewards.Scripts;

/// <summary>A JavaScript expression or function, run in a sandbox.</summary>
public sealed record JavaScriptConfig : RewardConfig
{
    /// <summary>Longest source.</summary>
    public const int MaxScriptLength = 65_536;

    /// <summary>An expression, or a function named <c>reward</c>; at most <see cref="MaxScriptLength"/> characters.</summary>
    public required string Script { get; init; }

    /// <summary>Ends a step of a completion, for scores a step; null is none.</summary>
    public string? StepDelimiter { get; init; }

    /// <summary>Every token is a step; not together with <see cref="StepDelimiter"/>.</summary>
    public bool StepPerToken { get; init; }
}
