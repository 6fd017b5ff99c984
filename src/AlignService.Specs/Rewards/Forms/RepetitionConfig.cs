namespace AlignService.Specs.Rewards.Forms;

/// <summary>A penalty for n-grams of tokens that come again (arXiv:2502.03373).</summary>
public sealed record RepetitionConfig : RewardConfig
{
    /// <summary>Tokens of an n-gram.</summary>
    public int NgramSize { get; init; } = 3;

    /// <summary>Score where nothing but repetition is left; at most 0.</summary>
    public double MaxPenalty { get; init; } = -1;
}
