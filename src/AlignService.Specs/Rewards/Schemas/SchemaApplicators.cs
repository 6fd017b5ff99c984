using System.Text.Json;
using System.Text.RegularExpressions;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>Keywords that apply other schemas, to the same value or to its parts.</summary>
internal sealed class SchemaApplicators(SchemaCompiler compiler, SchemaNode owner)
{
    /// <returns>Null where the keyword is not among them.</returns>
    public SchemaCheck? Of(JsonProperty keyword, JsonElement schema, string path) => keyword.Name switch
    {
        "$ref" => Same(compiler.Target(keyword.Value, path)).Accepts,
        "allOf" => All(Same(compiler.List(keyword.Value, path))),
        "anyOf" => Counted(Same(compiler.List(keyword.Value, path)), count => count > 0),
        "oneOf" => Counted(Same(compiler.List(keyword.Value, path)), count => count == 1),
        "not" => Not(Same(compiler.Node(keyword.Value, path))),
        "if" => If(Same(compiler.Node(keyword.Value, path)), Beside(schema, "then"), Beside(schema, "else")),
        "dependentSchemas" => DependentSchemas(compiler.Map(keyword.Value, path)),
        "properties" => Properties(compiler.Map(keyword.Value, path)),
        "patternProperties" => PatternProperties(Patterns(keyword.Value, path)),
        "additionalProperties" => AdditionalProperties(schema, compiler.Node(keyword.Value, path), path),
        "propertyNames" => PropertyNames(compiler.Node(keyword.Value, path)),
        "prefixItems" => PrefixItems(compiler.List(keyword.Value, path)),
        "items" => Items(compiler.Node(keyword.Value, path), schema.TryGetProperty("prefixItems", out JsonElement prefix) ? prefix.GetArrayLength() : 0),
        "contains" => Contains(compiler.Node(keyword.Value, path), schema, path),
        _ => null,
    };

    private static SchemaCheck All(IReadOnlyList<SchemaNode> nodes) => (value, evaluation) => nodes.All(node => node.Accepts(value, evaluation));

    private static SchemaCheck Counted(IReadOnlyList<SchemaNode> nodes, Predicate<int> isEnough) => (value, evaluation) => isEnough(nodes.Count(node => node.Accepts(value, evaluation)));

    private static SchemaCheck Not(SchemaNode node) => (value, evaluation) => !node.Accepts(value, evaluation);

    private static SchemaCheck If(SchemaNode condition, SchemaNode? then, SchemaNode? otherwise) =>
        (value, evaluation) => (condition.Accepts(value, evaluation) ? then : otherwise)?.Accepts(value, evaluation) ?? true;

    private SchemaCheck DependentSchemas(Dictionary<string, SchemaNode> nodes)
    {
        Same([.. nodes.Values]);
        return (value, evaluation) => !IsObject(value) || nodes.All(node => !value.TryGetProperty(node.Key, out _) || node.Value.Accepts(value, evaluation));
    }

    private static SchemaCheck Properties(Dictionary<string, SchemaNode> nodes) =>
        (value, evaluation) =>
        !IsObject(value) || value.EnumerateObject().All(property => !nodes.TryGetValue(property.Name, out SchemaNode? node) || node.Accepts(property.Value, evaluation));

    private static SchemaCheck PatternProperties(IReadOnlyList<(Regex Pattern, SchemaNode Node)> patterns) => (value, evaluation) =>
        !IsObject(value) || value.EnumerateObject().All(property => patterns.All(entry => !entry.Pattern.IsMatch(property.Name) || entry.Node.Accepts(property.Value, evaluation)));

    private SchemaCheck AdditionalProperties(JsonElement schema, SchemaNode node, string path)
    {
        HashSet<string> named = schema.TryGetProperty("properties", out JsonElement properties) && IsObject(properties) ? [.. properties.EnumerateObject().Select(property => property.Name)] : [];
        IReadOnlyList<(Regex Pattern, SchemaNode Node)> patterns = schema.TryGetProperty("patternProperties", out JsonElement given) ? Patterns(given, Sibling(path, "patternProperties")) : [];
        return (value, evaluation) => !IsObject(value) || value.EnumerateObject().All(property =>
            named.Contains(property.Name) || patterns.Any(entry => entry.Pattern.IsMatch(property.Name)) || node.Accepts(property.Value, evaluation));
    }

    private static SchemaCheck PropertyNames(SchemaNode node) =>
        (value, evaluation) => !IsObject(value) || value.EnumerateObject().All(property => node.Accepts(JsonSerializer.SerializeToElement(property.Name), evaluation));

    private static SchemaCheck PrefixItems(IReadOnlyList<SchemaNode> nodes) =>
        (value, evaluation) => !IsArray(value) || value.EnumerateArray().Zip(nodes).All(item => item.Second.Accepts(item.First, evaluation));

    private static SchemaCheck Items(SchemaNode node, int prefixCount) =>
        (value, evaluation) => !IsArray(value) || value.EnumerateArray().Skip(prefixCount).All(item => node.Accepts(item, evaluation));

    private static SchemaCheck Contains(SchemaNode node, JsonElement schema, string path)
    {
        int least = SchemaAssertions.Count(schema, "minContains", Sibling(path, "minContains")) ?? 1;
        int most = SchemaAssertions.Count(schema, "maxContains", Sibling(path, "maxContains")) ?? int.MaxValue;
        return (value, evaluation) => !IsArray(value) || (value.EnumerateArray().Count(item => node.Accepts(item, evaluation)) is int count && count >= least && count <= most);
    }

    private (Regex, SchemaNode)[] Patterns(JsonElement value, string path) =>
        [.. compiler.Map(value, path).Select(entry =>
        {
            compiler.Cancellation.ThrowIfCancellationRequested();
            return (SchemaPattern.Compile(entry.Key, path), entry.Value);
        })];

    private SchemaNode? Beside(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out JsonElement value) ? Same(compiler.Node(value, $"{owner.Path}/{keyword}")) : null;

    private SchemaNode Same(SchemaNode node)
    {
        owner.SameValue.Add(node);
        return node;
    }

    private IReadOnlyList<SchemaNode> Same(IReadOnlyList<SchemaNode> nodes)
    {
        owner.SameValue.AddRange(nodes);
        return nodes;
    }

    private static string Sibling(string path, string keyword) => path[..(path.LastIndexOf('/') + 1)] + keyword;

    private static bool IsObject(JsonElement value) => value.ValueKind == JsonValueKind.Object;

    private static bool IsArray(JsonElement value) => value.ValueKind == JsonValueKind.Array;
}
