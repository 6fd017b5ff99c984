namespace AlignService.Specs.Rewards.Answers;

/// <summary>1 if the pattern is found in the completion's text, else 0.</summary>
public sealed record RegularExpressionConfig : RewardConfig
{
    /// <summary>A .NET regular expression, matched without backtracking.</summary>
    public required string Pattern { get; init; }

    /// <summary>The whole text must match.</summary>
    public bool FullMatch { get; init; }
}
