using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using AlignService.Store.Resources;
using AlignService.Text;

namespace AlignService.Server.Mapping;

/// <summary>The resource names of the wire: jobs/{job}, models/{model}, datasets/{dataset}, and uploads of the latter two.</summary>
internal static class ResourceName
{
    public static JobId ParseJob(string name, string field) =>
        JobId.TryParseResourceName(name, out JobId id)
            ? id
            : throw new InvalidRequestException(field, $"\"{ShortText.Cut(name, 100)}\" is not a job name; it must have the form jobs/{{job}}, for example jobs/a1b2c3d4.");

    public static StoredName ParseModel(string name, string field) => ParseStored(name, StoredName.Models, field);

    public static StoredName ParseDataset(string name, string field) => ParseStored(name, StoredName.Datasets, field);

    /// <param name="name">As given.</param>
    /// <param name="collection">models or datasets.</param>
    /// <param name="field">Where it was given.</param>
    private static StoredName ParseStored(string name, string collection, string field) =>
        StoredName.TryParse(name, collection, out StoredName stored)
            ? stored
            : throw new InvalidRequestException(field, $"\"{ShortText.Cut(name, 100)}\" is not a name of {collection}; it must have the form {collection}/{{id}} with an id of {StoredName.Rule}.");

    /// <inheritdoc cref="ParseStored"/>
    public static UploadName ParseUpload(string name, string collection, string field) =>
        UploadName.Parse(name, collection)
            ?? throw new InvalidRequestException(field, $"\"{ShortText.Cut(name, 100)}\" is not an upload of {collection}; use the name that beginning it returned.");
}
