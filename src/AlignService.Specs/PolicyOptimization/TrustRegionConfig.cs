namespace AlignService.Specs.PolicyOptimization;

/// <summary>A natural-gradient step under a bound on the KL (TRPO, arXiv:1502.05477).</summary>
public sealed record TrustRegionConfig
{
    /// <summary>Bound of the mean KL(old || new) of a step, in nats a token; above 0.</summary>
    public double MaxKl { get; init; } = 0.01;

    /// <summary>Steps towards the solution of (H + damping I) x = g; 1 or more.</summary>
    public int ConjugateGradientIterations { get; init; } = 10;

    /// <summary>Added to the diagonal of the Fisher matrix; 0 or more.</summary>
    public double Damping { get; init; } = 0.1;

    /// <summary>The step shrinks by this until it holds the bound and raises the surrogate; in (0, 1).</summary>
    public double BacktrackFactor { get; init; } = 0.5;

    /// <summary>How often it may shrink before no step is taken; 0 or more.</summary>
    public int MaxBacktracks { get; init; } = 10;
}
