namespace AlignService.Specs.PolicyOptimization;

/// <summary>Everything that the loss of a minibatch depends on besides its tensors (algorithms.md, sections 3 to 5).</summary>
public sealed record GrpoLossConfig
{
    public Objective Objective { get; init; } = Objective.Clipped;

    public RatioLevel RatioLevel { get; init; } = RatioLevel.Token;

    public Aggregation Aggregation { get; init; } = Aggregation.SequenceMean;

    /// <summary>The ratio is held at or above 1 - ClipLow; in [0, 1].</summary>
    public double ClipLow { get; init; } = 0.2;

    /// <summary>The ratio is held at or below 1 + ClipHigh; 0 or more.</summary>
    public double ClipHigh { get; init; } = 0.2;

    /// <summary>Upper bound of the ratio in the unclipped branch (INTELLECT-2); null is off.</summary>
    public double? RatioCap { get; init; }

    /// <summary>Bound c of the loss where the advantage is negative (arXiv:1912.09729); null is off.</summary>
    public double? DualClip { get; init; }

    /// <summary>CISPO's absolute upper bound, instead of both clip bounds; null is off.</summary>
    public double? CispoAbsoluteMax { get; init; }

    /// <summary>Weight of the KL term (beta); 0 or more.</summary>
    public double KlCoefficient { get; init; } = 0.04;

    public KlEstimator KlEstimator { get; init; } = KlEstimator.K3;

    public KlPlacement KlPlacement { get; init; } = KlPlacement.Loss;

    /// <summary>Weight of the entropy bonus; 0 is off.</summary>
    public double EntropyCoefficient { get; init; }

    /// <summary>Share of tokens, those of highest entropy, that carry the policy loss (arXiv:2506.01939); in (0, 1], null is off.</summary>
    public double? TopEntropyFraction { get; init; }

    /// <summary>Tokens; the denominator of <see cref="Aggregation.Constant"/>. Set from the sampling limit.</summary>
    public int MaxCompletionLength { get; init; } = 256;

    public SamplerCorrection SamplerCorrection { get; init; } = SamplerCorrection.Off;

    /// <summary>Bound C of the sampler correction; 1 or more.</summary>
    public double SamplerCap { get; init; } = 2;
}
