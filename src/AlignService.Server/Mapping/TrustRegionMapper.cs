using AlignService.Specs.PolicyOptimization;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>The numbers of a natural-gradient step, both ways.</summary>
internal static class TrustRegionMapper
{
    /// <summary>Where the objective asks for them they are there; where it does not, only what was asked for, so that validation can say so.</summary>
    public static TrustRegionConfig? Read(Wire.TrustRegionSettings? wire, TrustRegionConfig? profile, Objective objective)
    {
        TrustRegionConfig defaults = profile ?? new TrustRegionConfig();
        return wire is null ? (objective == Objective.NaturalGradient ? defaults : null) : Read(wire, defaults);
    }

    public static Wire.TrustRegionSettings? Write(TrustRegionConfig? config) => config is null ? null : new Wire.TrustRegionSettings
    {
        MaxKl = config.MaxKl,
        ConjugateGradientIterations = config.ConjugateGradientIterations,
        Damping = config.Damping,
        BacktrackFactor = config.BacktrackFactor,
        MaxBacktracks = config.MaxBacktracks,
    };

    private static TrustRegionConfig Read(Wire.TrustRegionSettings wire, TrustRegionConfig defaults) => defaults with
    {
        MaxKl = wire.HasMaxKl ? wire.MaxKl : defaults.MaxKl,
        ConjugateGradientIterations = wire.HasConjugateGradientIterations ? wire.ConjugateGradientIterations : defaults.ConjugateGradientIterations,
        Damping = wire.HasDamping ? wire.Damping : defaults.Damping,
        BacktrackFactor = wire.HasBacktrackFactor ? wire.BacktrackFactor : defaults.BacktrackFactor,
        MaxBacktracks = wire.HasMaxBacktracks ? wire.MaxBacktracks : defaults.MaxBacktracks,
    };
}
