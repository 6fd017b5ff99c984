using System.Text.Json;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>One schema object: a value is accepted if every check accepts it.</summary>
internal sealed class SchemaNode(string path)
{
    /// <summary>Where it stands, as a JSON pointer.</summary>
    public string Path { get; } = path;

    public List<Func<JsonElement, bool>> Checks { get; } = [];

    /// <summary>Schemas that look at the same value as this one.</summary>
    public List<SchemaNode> SameValue { get; } = [];

    public bool Accepts(JsonElement value) => Checks.TrueForAll(check => check(value));
}
