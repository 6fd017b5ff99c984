using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace AlignService.Cli.Schemas;

/// <summary>docs/settings.md, made from the job file's schema: every block with its fields, defaults and bounds.</summary>
internal static class SettingsDocument
{
    public static string Generate()
    {
        JsonNode schema = JsonNode.Parse(JobSchema.Generate())!;
        var text = new StringBuilder();
        text.Append("# Settings\n\nEvery field of a job file, made by `align schema --markdown`. What is left out has the default; for policy optimization that is the profile's value ");
        text.Append("(`align profiles`), and the table shows the profile grpo's. A default that depends on other settings is not shown. Where 0 is off, the field says so by its bounds.\n");
        Table("A job", schema["properties"]!, text);
        foreach ((string name, JsonNode? definition) in schema["definitions"]!.AsObject())
        {
            Table(name, definition!["properties"]!, text);
        }

        return text.ToString();
    }

    private static void Table(string name, JsonNode properties, StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {name}\n\n| field | type | default | bounds | meaning |\n|---|---|---|---|---|\n");
        foreach ((string field, JsonNode? property) in properties.AsObject().Where(property => property.Key != "$schema"))
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{field}` | {TypeOf(property!)} | {DefaultOf(property!)} | {BoundsOf(property!)} | {Cell((string?)property!["description"] ?? "")} |\n");
        }
    }

    private static string TypeOf(JsonNode property) => property switch
    {
        _ when property["enum"] is JsonArray values => string.Join(", ", values.Select(value => $"`{value}`")),
        _ when property["allOf"]?[0]?["$ref"] is { } reference => Link(reference),
        _ when property["$ref"] is { } reference => Link(reference),
        _ when (string?)property["type"] == "array" => $"list of {TypeOf(property["items"]!)}",
        _ when property["pattern"] is not null => "duration",
        _ => (string?)property["type"] ?? "",
    };

    private static string Link(JsonNode reference)
    {
        string name = ((string)reference!)["#/definitions/".Length..];
        return $"[{name}](#{name.ToLowerInvariant()})";
    }

    private static string DefaultOf(JsonNode property) => property["default"] is { } value ? $"`{Cell(value.ToJsonString().Trim('"'))}`" : "";

    private static string BoundsOf(JsonNode property)
    {
        (string low, string high) = (Bound(property, "minimum", "[") ?? Bound(property, "exclusiveMinimum", "(") ?? "", Bound(property, "maximum", "]") ?? Bound(property, "exclusiveMaximum", ")") ?? "");
        return (low.Length, high.Length) switch
        {
            (0, 0) => "",
            (_, 0) => low[0] == '[' ? $"at least {low[1..]}" : $"above {low[1..]}",
            (0, _) => high[0] == ']' ? $"at most {high[1..]}" : $"below {high[1..]}",
            _ => $"{low}, {high[1..]}{high[0]}",
        };
    }

    private static string? Bound(JsonNode property, string name, string bracket) => property[name] is { } value ? bracket + value.ToJsonString() : null;

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
