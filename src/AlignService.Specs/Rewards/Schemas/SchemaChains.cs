using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>Refuses schemas with endless or too long chains of references for the same value.</summary>
internal sealed class SchemaChains
{
    /// <summary>Most schemas that apply to one value, each inside the next (by $ref, allOf, anyOf, oneOf, not, if).</summary>
    private const int Longest = 100;

    private readonly Dictionary<SchemaNode, int> _lengths = [];
    private readonly HashSet<SchemaNode> _above = [];

    /// <exception cref="RewardException">There is a cycle or a chain that is too long.</exception>
    public static void Check(IEnumerable<SchemaNode> nodes)
    {
        var chains = new SchemaChains();
        foreach (SchemaNode node in nodes)
        {
            chains.Length(node);
        }
    }

    /// <summary>The longest chain that starts here. Each schema is visited once; calls go no deeper than the longest chain.</summary>
    private int Length(SchemaNode node)
    {
        if (_lengths.TryGetValue(node, out int known))
        {
            return known;
        }

        if (!_above.Add(node))
        {
            throw SchemaCompiler.Fault(node.Path, "the schema refers to itself endlessly");
        }

        int length = 1;
        foreach (SchemaNode next in node.SameValue)
        {
            length = Math.Max(length, _above.Count >= Longest && !_above.Contains(next) ? Longest + 1 : Length(next) + 1);
        }

        if (length > Longest)
        {
            throw SchemaCompiler.Fault(node.Path, $"more than {Longest} schemas apply to one value, each inside the next; refer to the last of them directly");
        }

        _above.Remove(node);
        return _lengths[node] = length;
    }
}
