using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using AlignService.Text;

namespace AlignService.Server.Mapping;

/// <summary>The resource names of the wire: jobs/{job} and jobs/{job}/checkpoints/{checkpoint}.</summary>
internal static class ResourceName
{
    public static JobId ParseJob(string name, string field) =>
        JobId.TryParseResourceName(name, out JobId id)
            ? id
            : throw new InvalidRequestException(field, $"\"{ShortText.Cut(name, 100)}\" is not a job name; it must have the form jobs/{{job}}, for example jobs/a1b2c3d4.");

}
