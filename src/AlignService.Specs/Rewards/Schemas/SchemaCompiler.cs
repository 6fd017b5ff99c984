using System.Globalization;
using System.Text.Json;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>Turns a JSON schema into checks, once.</summary>
internal sealed class SchemaCompiler(JsonElement root)
{
    private static readonly HashSet<string> Annotations =
    [
        "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "format",
        "contentEncoding", "contentMediaType", "contentSchema",
    ];

    // Read by the keyword beside them.
    private static readonly HashSet<string> Companions = ["then", "else", "minContains", "maxContains"];

    private readonly Dictionary<string, SchemaNode> _nodes = [];

    public SchemaNode Compile()
    {
        SchemaNode node = Node(root, "#");
        foreach (SchemaNode start in _nodes.Values)
        {
            RefuseCircle(start, []);
        }

        return node;
    }

    /// <summary>The schema at a place, compiled when it is first met; it may refer to itself.</summary>
    public SchemaNode Node(JsonElement schema, string path)
    {
        if (_nodes.TryGetValue(path, out SchemaNode? known))
        {
            return known;
        }

        SchemaNode node = _nodes[path] = new(path);
        switch (schema.ValueKind)
        {
            case JsonValueKind.True:
                break;
            case JsonValueKind.False:
                node.Checks.Add(_ => false);
                break;
            case JsonValueKind.Object:
                AddChecks(node, schema);
                break;
            default:
                throw Fault(path, "a schema is an object, true or false");
        }

        return node;
    }

    public IReadOnlyList<SchemaNode> List(JsonElement schemas, string path) => schemas.ValueKind == JsonValueKind.Array && schemas.GetArrayLength() > 0
        ? [.. schemas.EnumerateArray().Select((schema, i) => Node(schema, $"{path}/{i.ToString(CultureInfo.InvariantCulture)}"))]
        : throw Fault(path, "it must be a list with at least one schema");

    public Dictionary<string, SchemaNode> Map(JsonElement schemas, string path) => schemas.ValueKind == JsonValueKind.Object
        ? schemas.EnumerateObject().ToDictionary(schema => schema.Name, schema => Node(schema.Value, $"{path}/{Escaped(schema.Name)}"))
        : throw Fault(path, "it must be an object of schemas");

    /// <summary>The schema that a local reference means.</summary>
    public SchemaNode Target(JsonElement reference, string path)
    {
        string? pointer = reference.ValueKind == JsonValueKind.String ? Uri.UnescapeDataString(reference.GetString()!) : null;
        if (pointer is null || (pointer != "#" && !pointer.StartsWith("#/", StringComparison.Ordinal)))
        {
            throw Fault(path, $"{reference.GetRawText()} refers to something other than a place in this schema; write it as #/$defs/...");
        }

        JsonElement target = root;
        foreach (string part in pointer.Split('/').Skip(1).Select(Unescaped))
        {
            bool found = target.ValueKind == JsonValueKind.Array
                ? int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < target.GetArrayLength() && Is(target = target[index])
                : target.ValueKind == JsonValueKind.Object && target.TryGetProperty(part, out target);
            if (!found)
            {
                throw Fault(path, $"there is nothing at {pointer}");
            }
        }

        return Node(target, pointer);

        static bool Is(JsonElement _) => true;
    }

    public static RewardException Fault(string path, string what) => new($"The JSON schema cannot be used: at {path}, {what}.");

    private void AddChecks(SchemaNode node, JsonElement schema)
    {
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            string path = $"{node.Path}/{Escaped(keyword.Name)}";
            if (keyword.Name == "$id" && node.Path != "#")
            {
                throw Fault(path, "a schema inside another cannot have an identity of its own");
            }

            if (Annotations.Contains(keyword.Name) || Companions.Contains(keyword.Name))
            {
                continue;
            }

            Func<JsonElement, bool> check = SchemaAssertions.Of(keyword, path)
                ?? new SchemaApplicators(this, node).Of(keyword, schema, path)
                ?? throw Fault(path, $"the keyword \"{keyword.Name}\" is not known here; leave it out, for it would not count");
            node.Checks.Add(check);
        }
    }

    /// <summary>A schema that refers to itself without stepping into the value would never end.</summary>
    private static void RefuseCircle(SchemaNode node, HashSet<SchemaNode> above)
    {
        if (!above.Add(node))
        {
            throw Fault(node.Path, "the schema refers to itself without end");
        }

        foreach (SchemaNode next in node.SameValue)
        {
            RefuseCircle(next, above);
        }

        above.Remove(node);
    }

    private static string Escaped(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static string Unescaped(string part) => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
