using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>The named profiles, as a job that names one and overrides nothing would get them.</summary>
public static class ProfileCatalog
{
    /// <summary>In the order of the documentation's table.</summary>
    public static IReadOnlyList<ProfileEntry> All { get; } = [.. Enum.GetValues<GrpoProfile>().Select(Describe)];

    private static ProfileEntry Describe(GrpoProfile profile)
    {
        GrpoConfig config = GrpoProfiles.Create(profile);
        ProfileOrigin origin = ProfileOrigin.Of(profile);
        var settings = new Wire.GrpoJob
        {
            Algorithm = AlgorithmMapper.Write(config, profile),
            Sampling = SettingsMapper.WriteSampling(config),
            Optimizer = SettingsMapper.WriteOptimizer(config.Optimizer),
            Critic = CriticMapper.Write(config.Critic),
        };
        return new(ProfileNames.Of(profile), origin.Title, origin.Sources, settings);
    }
}
