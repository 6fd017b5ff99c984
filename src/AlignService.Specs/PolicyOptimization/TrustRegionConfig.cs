using AlignService.Specs.Binding;

namespace AlignService.Specs.PolicyOptimization;

/// <summary>A natural-gradient step under a bound on the KL (TRPO, arXiv:1502.05477).</summary>
public sealed record TrustRegionConfig
{
    /// <summary>Bound of the mean KL(old || new) of a step, in nats per token; above 0.</summary>
    [Setting(Above = 0, Unit = "{nat}/{token}", Aliases = "target_kl delta")]
    public double MaxKl { get; init; } = 0.01;

    /// <summary>Conjugate-gradient iterations to solve (H + damping I) x = g; 1 or more.</summary>
    [Setting(Min = 1, Max = 1000, Aliases = "cg_max_steps cg_iters")]
    public int ConjugateGradientIterations { get; init; } = 10;

    /// <summary>Added to the diagonal of the Fisher matrix; 0 or more.</summary>
    [Setting(Min = 0, Aliases = "cg_damping")]
    public double Damping { get; init; } = 0.1;

    /// <summary>The step shrinks by this factor until it is within the bound and improves the surrogate; in (0, 1).</summary>
    [Setting(Above = 0, Below = 1, Why = "it shortens a step", Aliases = "line_search_shrinking_factor")]
    public double BacktrackFactor { get; init; } = 0.5;

    /// <summary>How often it may shrink before no step is taken; 0 or more.</summary>
    [Setting(Min = 0, Max = 100, Aliases = "line_search_max_iter")]
    public int MaxBacktracks { get; init; } = 10;
}
