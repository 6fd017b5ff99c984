using System.Text.Json.Nodes;
using AlignService.Contracts.V1;
using AlignService.Specs.Binding;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using YamlDotNet.RepresentationModel;

namespace AlignService.Cli.Commands;

/// <summary>A job's spec as the YAML of a job file: `align submit` reads it back.</summary>
internal static class SpecText
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    public static string Format(JobSpec spec)
    {
        var json = JsonNode.Parse(Formatter.Format(spec))!.AsObject();
        var stream = new YamlStream(new YamlDocument(Map(json, JobSpec.Descriptor)));
        using var writer = new StringWriter();
        stream.Save(writer, assignAnchors: false);
        string yaml = writer.ToString();
        return yaml.EndsWith("...\n", StringComparison.Ordinal) ? yaml[..^4] : yaml;
    }

    private static YamlMappingNode Map(JsonObject json, MessageDescriptor message)
    {
        var map = new YamlMappingNode();
        foreach (var (name, value) in json)
        {
            var field = message.FindFieldByName(name);
            map.Add(name, field.IsMap ? Names(value!.AsObject()) : value is JsonArray items ? new YamlSequenceNode(items.Select(item => Value(item!, field))) : Value(value!, field));
        }

        return map;
    }

    private static YamlMappingNode Names(JsonObject json) => new(json.Select(pair => KeyValuePair.Create<YamlNode, YamlNode>(pair.Key, Scalar(pair.Value!.ToString()))));

    private static YamlNode Value(JsonNode value, FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message when value is JsonObject inner => Map(inner, field.MessageType),
        FieldType.Enum => EnumNames.Short(field.EnumType, value.GetValue<string>()),
        FieldType.String => Scalar(value.GetValue<string>()),
        _ => new YamlScalarNode(value.ToString()),
    };

    /// <summary>Text is quoted where YAML would read something else into it.</summary>
    private static YamlScalarNode Scalar(string text) => new(text)
    {
        Style = IsPlain(text) ? YamlDotNet.Core.ScalarStyle.Any : YamlDotNet.Core.ScalarStyle.DoubleQuoted,
    };

    private static bool IsPlain(string text) =>
        text.Length > 0 && text is not ("null" or "Null" or "NULL" or "~") && text.Trim().Length == text.Length && !text.Any(c => (char.IsControl(c) && c != '\n') || c is '\u2028' or '\u2029' or '\uFEFF');
}
