using System.Globalization;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.Specs;
using AlignService.Specs.Binding;
using AlignService.Specs.Violations;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace AlignService.Cli.JobFiles;

/// <summary>
/// Turns a job file's tree into the proto3 JSON of a message: keys in snake_case or camelCase, enum values in their short form, relative paths made
/// absolute. Collects every fault with its line instead of stopping at the first.
/// </summary>
/// <param name="folder">What relative paths start from.</param>
internal sealed class FieldReader(string folder)
{
    private readonly List<Fault> _faults = [];
    private readonly Dictionary<string, int> _lines = [];

    public IReadOnlyList<Fault> Faults => _faults;

    public IReadOnlyDictionary<string, int> Lines => _lines;

    /// <summary>The file's kind of training; null where it names none.</summary>
    private FieldDescriptor? Kind { get; set; }

    public JsonObject ReadRoot(SourceNode node, MessageDescriptor message)
    {
        if (node is not SourceMap map)
        {
            _faults.Add(new Fault("", $"A job file must be a mapping of fields, but this is {node.Kind}.", node.Line));
            return [];
        }

        Kind = Contracts.V1.JobSpec.Descriptor.Oneofs[0].Fields.FirstOrDefault(kind => map.Entries.Any(entry => entry.Key == kind.Name || entry.Key == kind.JsonName));
        return ReadMessage(map with { Entries = [.. map.Entries.Where(entry => entry.Key != "$schema")] }, message, "");
    }

    private JsonObject ReadMessage(SourceMap map, MessageDescriptor message, string path)
    {
        var json = new JsonObject();
        var oneofs = new Dictionary<OneofDescriptor, FieldDescriptor>();
        foreach (var entry in map.Entries)
        {
            var field = message.Fields.InDeclarationOrder().FirstOrDefault(field => field.Name == entry.Key || field.JsonName == entry.Key);
            if (field is null || SettingCatalog.IsWritten(field))
            {
                AddUnknown(entry, message, path);
                continue;
            }

            string fieldPath = Join(path, field.Name);
            _lines[fieldPath] = entry.Line;
            if (entry.Value is SourceScalar { IsNull: true })
            {
                continue;
            }

            if (json.ContainsKey(field.Name))
            {
                Add(fieldPath, entry.Line, $"{field.Name} is given twice, as {field.Name} and {field.JsonName}.");
            }
            else if (field.RealContainingOneof is { } oneof && !oneofs.TryAdd(oneof, field))
            {
                Add(fieldPath, entry.Line, $"{oneofs[oneof].Name} and {field.Name} exclude each other; give exactly one of {string.Join(", ", oneof.Fields.Select(other => other.Name))}.");
            }
            else
            {
                json[field.Name] = ReadField(entry.Value, field, fieldPath);
            }
        }

        return json;
    }

    private JsonNode? ReadField(SourceNode node, FieldDescriptor field, string path)
    {
        if (field.IsMap)
        {
            return ReadMap(node, field, path);
        }

        if (!field.IsRepeated)
        {
            return ReadValue(node, field, path);
        }

        if (node is not SourceList list)
        {
            return Refuse(path, node, $"must be a list; use brackets, or put each item on its own line after \"- \"");
        }

        var items = new JsonArray();
        foreach (var (item, index) in list.Items.Select((item, index) => (item, index)))
        {
            string itemPath = $"{path}[{index.ToString(CultureInfo.InvariantCulture)}]";
            _lines[itemPath] = item.Line;
            items.Add(ReadValue(item, field, itemPath));
        }

        return items;
    }

    private JsonObject? ReadMap(SourceNode node, FieldDescriptor field, string path)
    {
        if (node is not SourceMap map)
        {
            Refuse(path, node, "must be a mapping of names to values");
            return null;
        }

        var value = field.MessageType.FindFieldByNumber(2);
        var json = new JsonObject();
        foreach (var entry in map.Entries)
        {
            _lines[Join(path, entry.Key)] = entry.Line;
            json[entry.Key] = ReadValue(entry.Value, value, Join(path, entry.Key));
        }

        return json;
    }

    private JsonNode? ReadValue(SourceNode node, FieldDescriptor field, string path)
    {
        if (field.FieldType == FieldType.Message && field.MessageType.FullName != Duration.Descriptor.FullName)
        {
            return node is SourceMap map ? ReadMessage(map, field.MessageType, path) : Refuse(path, node, "must be a mapping of fields");
        }

        if (node is not SourceScalar { IsNull: false } scalar)
        {
            return Refuse(path, node, "must be a single value");
        }

        string text = scalar.Text;
        switch (field.FieldType)
        {
            case FieldType.Message:
                return DurationText.TryParse(text, out var duration) ? DurationText.ToProtoJson(duration) : Refuse(path, node, "must be a duration such as 90s, 30m or 1h30m");
            case FieldType.Enum:
                return EnumNames.TryParse(field.EnumType, text, out string name) ? name : RefuseEnum(path, scalar, field.EnumType);
            case FieldType.String:
                return SettingCatalog.IsPath(field) && text.Length > 0 && !SettingCatalog.IsName(field, text) && !text.StartsWith("jobs/", StringComparison.Ordinal) ? Path.GetFullPath(text, folder) : text;
            case FieldType.Bool:
                return text is "true" or "false" ? text == "true" : Refuse(path, node, "must be true or false");
            case FieldType.Double:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
                    ? number : Refuse(path, node, "must be a number");
            case FieldType.Int32:
                return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int integer)
                    ? integer : Refuse(path, node, $"must be a whole number in [{int.MinValue}, {int.MaxValue}]");
            case FieldType.UInt64:
                return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong large)
                    ? large : Refuse(path, node, $"must be a whole number in [0, {ulong.MaxValue}]");
            default:
                throw new NotSupportedException($"{field.FullName} has the type {field.FieldType}, which job files have no form for.");
        }
    }

    private JsonNode? RefuseEnum(string path, SourceScalar scalar, EnumDescriptor type)
    {
        Add(path, scalar.Line, $"{Last(path)} is {scalar.Kind}; {NearNames.Hint(scalar.Text, EnumNames.Short(type))}");
        return null;
    }

    private JsonNode? Refuse(string path, SourceNode node, string expected)
    {
        Add(path, node.Line, $"{Last(path)} {expected}; it is {node.Kind}.");
        return null;
    }

    private void AddUnknown(SourceEntry entry, MessageDescriptor message, string path)
    {
        string place = path.Length == 0 ? "a job" : path;
        string hint = UnknownFields.Hint(entry.Key, message, path, Kind);
        Add(Join(path, entry.Key), entry.Line, $"\"{entry.Key}\" is not a field of {place}{(hint.Length > 0 ? "; " + hint : ".")}");
    }

    private void Add(string path, int line, string message) => _faults.Add(new Fault(path, message, line));

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Last(string path) => path[(path.LastIndexOf('.') + 1)..];
}
