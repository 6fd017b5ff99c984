using AlignService.HuggingFace.Adapters;
using AlignService.Specs.Settings;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Adapter settings, both ways; of every kind of job that trains.</summary>
internal static class AdapterMapper
{
    /// <summary>Null where none are given: all weights are trained.</summary>
    public static PolicyAdapterConfig? Read(Wire.AdapterSettings? wire, SpecReader reader)
    {
        if (wire is null)
        {
            return null;
        }

        var defaults = new AdapterConfig();
        return new PolicyAdapterConfig
        {
            Form = new AdapterConfig
            {
                Rank = wire.HasRank ? wire.Rank : defaults.Rank,
                Alpha = wire.HasAlpha ? wire.Alpha : defaults.Alpha,
                Dropout = wire.HasDropout ? wire.Dropout : defaults.Dropout,
                TargetModules = wire.TargetModules.Count == 0 ? defaults.TargetModules : [.. wire.TargetModules],
                RankStabilized = wire.HasRankStabilized ? wire.RankStabilized : defaults.RankStabilized,
                ModulesToSave = [.. wire.ModulesToSave],
            },
            Directory = wire.Directory.Length == 0 ? null : reader.AbsolutePath(wire.Directory),
        };
    }

    public static Wire.AdapterSettings? Write(PolicyAdapterConfig? config) => config is null ? null : new Wire.AdapterSettings
    {
        Rank = config.Form.Rank,
        Alpha = config.Form.Alpha,
        Dropout = config.Form.Dropout,
        TargetModules = { config.Form.TargetModules },
        RankStabilized = config.Form.RankStabilized,
        ModulesToSave = { config.Form.ModulesToSave },
        Directory = config.Directory ?? "",
    };
}
