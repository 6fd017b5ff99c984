using System.Text.Json;
using AlignService.Server.Validation;
using AlignService.Specs.Profiles;

namespace AlignService.Server.Mapping;

/// <summary>The profiles as users spell them: grpo, dr_grpo, ...</summary>
internal static class ProfileNames
{
    public static string Of(GrpoProfile profile) => JsonNamingPolicy.SnakeCaseLower.ConvertName(profile.ToString());

    /// <summary>The profile; grpo for an empty name, and for an unknown one after noting the fault.</summary>
    public static GrpoProfile Read(string name, SpecReader reader)
    {
        if (name.Length == 0)
        {
            return GrpoProfile.Grpo;
        }

        foreach (GrpoProfile profile in Enum.GetValues<GrpoProfile>())
        {
            if (Of(profile) == name)
            {
                return profile;
            }
        }

        reader.Fault("profile", $"\"{name}\" is not a profile. {NearNames.Suggest(name, Enum.GetValues<GrpoProfile>().Select(Of))}");
        return GrpoProfile.Grpo;
    }
}
