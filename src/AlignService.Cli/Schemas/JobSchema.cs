using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Specs;
using AlignService.Specs.Binding;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace AlignService.Cli.Schemas;

/// <summary>
/// The JSON schema of a job file (draft 7, which editors support best), generated from the wire's descriptors. The descriptions are the proto comments.
/// </summary>
internal static class JobSchema
{
    private const string Root = "align.v1.JobSpec";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Generate()
    {
        var root = LoadDescriptors().Single(file => file.Name == "align/v1/job.proto").MessageTypes.Single(message => message.FullName == Root);
        var definitions = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "AlignService job file",
            ["description"] = "A job for `align submit`, in YAML or JSON.",
        };
        foreach (var (name, value) in Message(root, definitions).ToList())
        {
            schema[name] = value?.DeepClone();
        }

        schema["properties"]!["$schema"] = new JsonObject { ["type"] = "string", ["description"] = "Where an editor finds this schema." };
        schema["definitions"] = new JsonObject(definitions.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        return schema.ToJsonString(Indented) + "\n";
    }

    private static IReadOnlyList<FileDescriptor> LoadDescriptors()
    {
        using var stream = typeof(JobSchema).Assembly.GetManifestResourceStream("align.protoset")!;
        var set = FileDescriptorSet.Parser.ParseFrom(stream);
        return FileDescriptor.BuildFromByteStrings(set.File.Select(file => file.ToByteString()));
    }

    private static JsonObject Message(MessageDescriptor message, SortedDictionary<string, JsonObject> definitions)
    {
        var properties = new JsonObject();
        foreach (var field in message.Fields.InDeclarationOrder().Where(field => !SettingCatalog.IsWritten(field)))
        {
            var property = Field(field, definitions);
            string description = Comment(field.Declaration);
            if (description.Length > 0)
            {
                // A sibling of $ref is ignored in draft 7, so the reference goes one level down.
                property = property.ContainsKey("$ref") ? new JsonObject { ["allOf"] = new JsonArray(property) } : property;
                property["description"] = description;
            }

            AddDeclaration(field, property);
            properties[field.Name] = property;
        }

        var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
        foreach (var oneof in message.Oneofs.Where(oneof => !oneof.IsSynthetic && oneof.Fields.Count > 1))
        {
            schema["oneOf"] = new JsonArray([.. oneof.Fields.Select(field => new JsonObject { ["required"] = new JsonArray(field.Name) })]);
        }

        return schema;
    }

    /// <summary>Default and bounds, from the setting's declaration; defaults that depend on the kind of job are left out.</summary>
    private static void AddDeclaration(FieldDescriptor field, JsonObject property)
    {
        IReadOnlyList<DeclaredSetting> uses = [.. SettingCatalog.All.Where(setting => setting.Field.FullName == field.FullName)];
        if (uses.Count == 0)
        {
            return;
        }

        SettingAttribute bounds = uses[0].Declaration;
        if (field.FieldType is FieldType.Double or FieldType.Int32)
        {
            AddBounds(bounds, field.FieldType, property["items"] as JsonObject ?? property);
        }

        if (bounds.Unit.Length > 0)
        {
            property["description"] = $"{property["description"]} Unit: {bounds.Unit}.".TrimStart();
        }

        if (uses.Select(use => DefaultText(use.Default)).Distinct().Count() == 1 && DefaultNode(uses[0].Default) is { } value)
        {
            property["default"] = value;
        }
    }

    /// <summary>The declared ends; a number without one ends where training in float32 would overflow.</summary>
    private static void AddBounds(SettingAttribute bounds, FieldType type, JsonObject number)
    {
        double edge = type == FieldType.Double ? DeclaredSetting.Largest : int.MaxValue;
        bool fromZero = bounds.ZeroIsOff && (bounds.Min >= 0 || bounds.Above >= 0);
        bool hasLow = !double.IsNaN(bounds.Min) || !double.IsNaN(bounds.Above);
        bool hasHigh = !double.IsNaN(bounds.Max) || !double.IsNaN(bounds.Below);
        AddBound(fromZero ? 0 : hasLow ? bounds.Min : -edge, "minimum", number);
        AddBound(fromZero ? double.NaN : bounds.Above, "exclusiveMinimum", number);
        AddBound(hasHigh ? bounds.Max : edge, "maximum", number);
        AddBound(bounds.Below, "exclusiveMaximum", number);
    }

    private static void AddBound(double bound, string name, JsonObject property)
    {
        if (!double.IsNaN(bound))
        {
            property[name] = bound;
        }
    }

    private static string DefaultText(object? value) => DefaultNode(value)?.ToJsonString() ?? "";

    private static JsonNode? DefaultNode(object? value) => value switch
    {
        int number => number,
        double number => number,
        bool flag => flag,
        string text when text.Length > 0 => text,
        System.Enum named => EnumNames.Spelled(named),
        TimeSpan duration => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{duration.TotalSeconds}s"),
        IReadOnlyList<string> { Count: > 0 } list => new JsonArray([.. list.Select(item => (JsonNode)item)]),
        _ => null,
    };

    private static JsonObject Field(FieldDescriptor field, SortedDictionary<string, JsonObject> definitions)
    {
        if (field.IsMap)
        {
            return new JsonObject { ["type"] = "object", ["additionalProperties"] = Single(field.MessageType.FindFieldByNumber(2), definitions) };
        }

        return field.IsRepeated ? new JsonObject { ["type"] = "array", ["items"] = Single(field, definitions) } : Single(field, definitions);
    }

    private static JsonObject Single(FieldDescriptor field, SortedDictionary<string, JsonObject> definitions) =>
        field.FieldType switch
        {
            FieldType.Message when field.MessageType.FullName == Duration.Descriptor.FullName =>
                new JsonObject { ["type"] = "string", ["pattern"] = @"^(\d+(\.\d+)?[dhms])+$", ["examples"] = new JsonArray("90s", "1h30m") },
            FieldType.Message => Reference(field.MessageType, definitions),
            FieldType.Enum => new JsonObject { ["enum"] = new JsonArray([.. EnumNames.Short(field.EnumType).Select(name => (JsonNode)name)]) },
            FieldType.Bool => new JsonObject { ["type"] = "boolean" },
            FieldType.Double => new JsonObject { ["type"] = "number" },
            FieldType.Int32 => new JsonObject { ["type"] = "integer" },
            FieldType.UInt64 => new JsonObject { ["type"] = "integer", ["minimum"] = 0 },
            FieldType.String => new JsonObject { ["type"] = "string" },
            _ => throw new NotSupportedException($"{field.FullName} has the type {field.FieldType}, which job files do not support."),
        };

    private static JsonObject Reference(MessageDescriptor message, SortedDictionary<string, JsonObject> definitions)
    {
        if (!definitions.ContainsKey(message.Name))
        {
            definitions[message.Name] = []; // holds the place while the message's own fields are walked
            var schema = Message(message, definitions);
            string description = Comment(message.Declaration);
            if (description.Length > 0)
            {
                schema["description"] = description;
            }

            definitions[message.Name] = schema;
        }

        return new JsonObject { ["$ref"] = $"#/definitions/{message.Name}" };
    }

    private static string Comment(DescriptorDeclaration? declaration) =>
        string.Join(' ', (declaration?.LeadingComments ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
