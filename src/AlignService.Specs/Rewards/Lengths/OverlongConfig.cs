namespace AlignService.Specs.Rewards.Lengths;

/// <summary>DAPO's soft overlong penalty as a source of its own (arXiv:2503.14476).</summary>
public sealed record OverlongConfig : RewardConfig
{
    /// <summary>Tokens at which the penalty is -1; null is the job's longest completion.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Tokens before <see cref="MaxTokens"/> over which it falls; null is a fifth of them.</summary>
    public int? Cache { get; init; }
}
