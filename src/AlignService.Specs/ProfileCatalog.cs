using AlignService.Specs.Binding;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Profiles;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs;

/// <summary>A named profile as users see it.</summary>
/// <param name="Name">As spelled in a job.</param>
/// <param name="Title">What it is, in a few words.</param>
/// <param name="Sources">arXiv ids and other sources, the profile's own first.</param>
/// <param name="Settings">Every value, as the server would fill it in: algorithm, sampling, optimizer and critic. 0 is off where the field says so.</param>
public sealed record ProfileEntry(string Name, string Title, IReadOnlyList<string> Sources, Wire.GrpoJob Settings);

/// <summary>The named profiles, as a job that names one and overrides nothing would get them.</summary>
public static class ProfileCatalog
{
    /// <summary>In the order of the documentation's table.</summary>
    public static IReadOnlyList<ProfileEntry> All { get; } = [.. Enum.GetValues<GrpoProfile>().Select(Describe)];

    private static ProfileEntry Describe(GrpoProfile profile)
    {
        var job = new GrpoJob { Model = "", Prompts = new(), Rewards = [], Profile = profile, Config = GrpoProfiles.Create(profile) };
        Wire.GrpoJob all = JobSpecWire.Write(new JobSpec { Kind = job }).Grpo;
        ProfileOrigin origin = ProfileOrigin.Of(profile);
        return new(EnumNames.Spelled(profile), origin.Title, origin.Sources, new() { Algorithm = all.Algorithm, Sampling = all.Sampling, Optimizer = all.Optimizer, Critic = all.Critic });
    }
}
