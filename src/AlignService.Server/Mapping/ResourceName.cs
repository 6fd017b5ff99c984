using System.Text.RegularExpressions;
using AlignService.Server.Validation;
using AlignService.Specs;

namespace AlignService.Server.Mapping;

/// <summary>The resource names of the wire: jobs/{job} and jobs/{job}/checkpoints/{checkpoint}.</summary>
internal static partial class ResourceName
{
    public static JobId ParseJob(string name, string field) =>
        TryParseJob(name, out JobId id)
            ? id
            : throw new InvalidRequestException(field, $"\"{name}\" is not the name of a job; it must read jobs/{{job}}, for example jobs/a1b2c3d4.");

    public static bool TryParseJob(string name, out JobId id)
    {
        Match match = Job().Match(name);
        id = new JobId(match.Groups["job"].Value);
        return match.Success;
    }

    /// <summary>Whether a model's place is meant as another job's checkpoint, well formed or not.</summary>
    public static bool IsCheckpoint(string place) => place.StartsWith("jobs/", StringComparison.Ordinal) && place.Contains("/checkpoints/", StringComparison.Ordinal);

    [GeneratedRegex(@"\Ajobs/(?<job>[a-z0-9-]{4,63})\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Job();
}
