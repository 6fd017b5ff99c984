using AlignService.Specs.Binding;

namespace AlignService.Specs.PolicyOptimization;

/// <summary>Keeps the KL of a completion near a target by adapting the coefficient (arXiv:1909.08593).</summary>
public sealed record AdaptiveKlConfig
{
    /// <summary>Mean over completions of the summed k1, in nats; above 0.</summary>
    [Setting(Above = 0, Unit = "{nat}/{completion}")]
    public double Target { get; init; } = 6;

    /// <summary>Completions over which a full correction is spread; above 0.</summary>
    [Setting(Above = 0, Unit = "{completion}")]
    public double Horizon { get; init; } = 10_000;
}
