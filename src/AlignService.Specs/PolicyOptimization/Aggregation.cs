namespace AlignService.Specs.PolicyOptimization;

/// <summary>How token losses become the loss of a minibatch. The denominator is always the whole minibatch's.</summary>
public enum Aggregation
{
    /// <summary>Mean over rows of each row's token mean: the GRPO paper.</summary>
    SequenceMean,

    /// <summary>Mean over all completion tokens: DAPO, arXiv:2503.14476.</summary>
    TokenMean,

    /// <summary>Sum over (rows * max completion length): Dr. GRPO.</summary>
    Constant,

    /// <summary>Mean over rows of each row's token sum.</summary>
    TokenSum,
}
