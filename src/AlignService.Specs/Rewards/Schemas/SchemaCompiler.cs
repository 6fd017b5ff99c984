using System.Globalization;
using System.Text.Json;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>Compiles a JSON schema to checks.</summary>
internal sealed class SchemaCompiler(JsonElement root, CancellationToken cancellationToken)
{
    private static readonly HashSet<string> Annotations =
    [
        "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "format",
        "contentEncoding", "contentMediaType", "contentSchema",
    ];

    // Read by the keyword beside them.
    private static readonly HashSet<string> Companions = ["then", "else", "minContains", "maxContains"];

    private readonly Dictionary<string, SchemaNode> _nodes = [];
    private readonly Queue<(SchemaNode Node, JsonElement Schema)> _waiting = [];

    /// <summary>Nobody waits for the schema any more.</summary>
    public CancellationToken Cancellation => cancellationToken;

    public SchemaNode Compile()
    {
        SchemaNode node = Node(root, "#");
        while (_waiting.TryDequeue(out var next))
        {
            Fill(next.Node, next.Schema);
        }

        SchemaChains.Check(_nodes.Values);
        return node;
    }

    /// <summary>The schema at a location. Its checks are added later: it may refer to itself, or be the target of any number of references.</summary>
    public SchemaNode Node(JsonElement schema, string path)
    {
        if (!_nodes.TryGetValue(path, out SchemaNode? node))
        {
            node = _nodes[path] = new(path);
            _waiting.Enqueue((node, schema));
        }

        return node;
    }

    public IReadOnlyList<SchemaNode> List(JsonElement schemas, string path) => schemas.ValueKind == JsonValueKind.Array && schemas.GetArrayLength() > 0
        ? [.. schemas.EnumerateArray().Select((schema, i) => Node(schema, $"{path}/{i.ToString(CultureInfo.InvariantCulture)}"))]
        : throw Fault(path, "it must be a list with at least one schema");

    public Dictionary<string, SchemaNode> Map(JsonElement schemas, string path) => schemas.ValueKind == JsonValueKind.Object
        ? schemas.EnumerateObject().ToDictionary(schema => schema.Name, schema => Node(schema.Value, $"{path}/{Escaped(schema.Name)}"))
        : throw Fault(path, "it must be an object of schemas");

    /// <summary>The target of a local reference.</summary>
    public SchemaNode Target(JsonElement reference, string path)
    {
        string? pointer = reference.ValueKind == JsonValueKind.String ? Uri.UnescapeDataString(reference.GetString()!) : null;
        if (pointer is null || (pointer != "#" && !pointer.StartsWith("#/", StringComparison.Ordinal)))
        {
            throw Fault(path, $"{reference.GetRawText()} does not refer to a location in this schema; write it as #/$defs/...");
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

    private void Fill(SchemaNode node, JsonElement schema)
    {
        switch (schema.ValueKind)
        {
            case JsonValueKind.True:
                break;
            case JsonValueKind.False:
                node.Checks.Add((_, _) => false);
                break;
            case JsonValueKind.Object:
                AddChecks(node, schema);
                break;
            default:
                throw Fault(node.Path, "a schema must be an object, true or false");
        }
    }

    private void AddChecks(SchemaNode node, JsonElement schema)
    {
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            cancellationToken.ThrowIfCancellationRequested();
            string path = $"{node.Path}/{Escaped(keyword.Name)}";
            if (keyword.Name == "$id" && node.Path != "#")
            {
                throw Fault(path, "a nested schema cannot have its own $id");
            }

            if (Annotations.Contains(keyword.Name) || Companions.Contains(keyword.Name))
            {
                continue;
            }

            Func<JsonElement, bool>? assertion = SchemaAssertions.Of(keyword, path);
            SchemaCheck check = assertion is not null
                ? (value, _) => assertion(value)
                : SchemaAssertions.UniqueItems(keyword, path)
                ?? new SchemaApplicators(this, node).Of(keyword, schema, path)
                ?? throw Fault(path, $"the keyword \"{keyword.Name}\" is not supported; leave it out, because it would have no effect");
            node.Checks.Add(check);
        }
    }

    private static string Escaped(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private static string Unescaped(string part) => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
