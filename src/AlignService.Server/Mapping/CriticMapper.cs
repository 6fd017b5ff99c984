using AlignService.Specs.PolicyOptimization;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>PPO's critic, both ways.</summary>
internal static class CriticMapper
{
    /// <summary>Where the advantage asks for a critic there is one; where it does not, only what was asked for, so that validation can say so.</summary>
    public static CriticConfig? Read(Wire.CriticSettings? wire, GrpoConfig config, SpecReader reader)
    {
        bool needed = config.Advantage == AdvantageKind.Critic;
        CriticConfig defaults = config.Critic ?? new CriticConfig();
        return wire is null ? (needed ? defaults : null) : Read(wire, defaults, reader);
    }

    public static Wire.CriticSettings? Write(CriticConfig? config) => config is null ? null : new Wire.CriticSettings
    {
        Model = config.Model ?? "",
        LearningRate = config.LearningRate ?? 0,
        WarmupSteps = config.WarmupSteps,
        GaeLambda = config.GaeLambda,
        ValueClip = config.ValueClip ?? 0,
        ValueCoefficient = config.ValueCoefficient,
        Gamma = config.Gamma,
    };

    private static CriticConfig Read(Wire.CriticSettings wire, CriticConfig defaults, SpecReader reader) => defaults with
    {
        Model = wire.Model.Length == 0 ? defaults.Model : reader.AbsolutePath(wire.Model),
        LearningRate = SpecReader.OffAtZero(wire.HasLearningRate, wire.LearningRate, defaults.LearningRate),
        WarmupSteps = wire.HasWarmupSteps ? wire.WarmupSteps : defaults.WarmupSteps,
        GaeLambda = wire.HasGaeLambda ? wire.GaeLambda : defaults.GaeLambda,
        ValueClip = SpecReader.OffAtZero(wire.HasValueClip, wire.ValueClip, defaults.ValueClip),
        ValueCoefficient = wire.HasValueCoefficient ? wire.ValueCoefficient : defaults.ValueCoefficient,
        Gamma = wire.HasGamma ? wire.Gamma : defaults.Gamma,
    };
}
