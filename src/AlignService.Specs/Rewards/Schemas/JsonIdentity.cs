using System.Text.Json;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>Finds equal JSON values without comparing each with each. Equal is as in <see cref="JsonElement.DeepEquals"/>: numbers by their value, objects whatever the order of their names.</summary>
internal static class JsonIdentity
{
    /// <summary>The values by their hash, to be searched with <see cref="Contains"/>.</summary>
    public static ILookup<int, JsonElement> Lookup(JsonElement list) => list.EnumerateArray().ToLookup(HashOf);

    public static bool Contains(ILookup<int, JsonElement> values, JsonElement value) => values[HashOf(value)].Any(other => JsonElement.DeepEquals(other, value));

    /// <summary>Whether no two items are equal.</summary>
    /// <param name="list">An array.</param>
    /// <param name="evaluation">Counts the comparisons of items with the same hash.</param>
    public static bool AreUnique(JsonElement list, SchemaEvaluation evaluation)
    {
        Dictionary<int, List<JsonElement>> seen = [];
        foreach (JsonElement item in list.EnumerateArray())
        {
            int hash = HashOf(item);
            if (!seen.TryGetValue(hash, out List<JsonElement>? same))
            {
                seen[hash] = same = [];
            }

            foreach (JsonElement other in same)
            {
                evaluation.Step();
                if (JsonElement.DeepEquals(other, item))
                {
                    return false;
                }
            }

            same.Add(item);
        }

        return true;
    }

    private static int HashOf(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                return value.GetDouble().GetHashCode();
            case JsonValueKind.String:
                return value.GetString()!.GetHashCode(StringComparison.Ordinal);
            case JsonValueKind.Array:
                HashCode items = default;
                foreach (JsonElement item in value.EnumerateArray())
                {
                    items.Add(HashOf(item));
                }

                return items.ToHashCode();
            case JsonValueKind.Object:
                int properties = 0;
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    properties ^= HashCode.Combine(property.Name, HashOf(property.Value));
                }

                return properties;
            default:
                return (int)value.ValueKind;
        }
    }
}
