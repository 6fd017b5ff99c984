using System.Collections;
using System.Text.RegularExpressions;
using AlignService.Specs.Resources;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Rpc;

/// <summary>The names of jobs within one request, which stand for jobs that have no id yet.</summary>
internal static partial class JobNames
{
    private const string Collection = "jobs/";

    public static bool IsName(string text) => Name().IsMatch(text);

    /// <summary>The spec with ids for names, and after every job whose checkpoint it reads.</summary>
    public static Wire.JobSpec Resolve(Wire.NamedJob job, IReadOnlyDictionary<string, JobId> ids)
    {
        Wire.JobSpec spec = job.Spec?.Clone() ?? new Wire.JobSpec();
        spec.DisplayName = spec.DisplayName.Length == 0 ? job.Name : spec.DisplayName;
        List<string> after = [.. spec.After.Select(name => ids.TryGetValue(name.StartsWith(Collection, StringComparison.Ordinal) ? name[Collection.Length..] : name, out JobId id) ? id.ResourceName : name)];
        ReplaceCheckpoints(spec, ids, after);
        spec.After.Clear();
        spec.After.AddRange(after.Distinct());
        return spec;
    }

    private static void ReplaceCheckpoints(IMessage message, IReadOnlyDictionary<string, JobId> ids, List<string> after)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder().Where(field => !field.IsMap))
        {
            object? value = field.Accessor.GetValue(message);
            switch (value)
            {
                case string text when Checkpoint().Match(text) is { Success: true } match && ids.TryGetValue(match.Groups["name"].Value, out JobId id):
                    field.Accessor.SetValue(message, $"{id.ResourceName}/checkpoints/{match.Groups["checkpoint"].Value}");
                    after.Add(id.ResourceName);
                    break;
                case IMessage inner:
                    ReplaceCheckpoints(inner, ids, after);
                    break;
                case IList items when field.FieldType == FieldType.Message:
                    foreach (IMessage item in items.OfType<IMessage>())
                    {
                        ReplaceCheckpoints(item, ids, after);
                    }

                    break;
            }
        }
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,39}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\Ajobs/(?<name>[a-z][a-z0-9-]{0,39})/checkpoints/(?<checkpoint>[a-z0-9-]+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Checkpoint();
}
