namespace AlignService.Specs.PolicyOptimization;

/// <summary>The level of the probability ratio.</summary>
public enum RatioLevel
{
    /// <summary>One ratio per token.</summary>
    Token,

    /// <summary>One ratio per row, the exponential of its mean log ratio: GSPO, arXiv:2507.18071.</summary>
    Sequence,
}
