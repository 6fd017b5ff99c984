using System.Globalization;
using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>The argument <c>attribute</c> of filters: a name, names with dots, or an index.</summary>
internal sealed class AttributePath
{
    private readonly object[] _parts;

    private AttributePath(object[] parts) => _parts = parts;

    public static AttributePath Of(object attribute) => new(attribute is string text
        ? [.. text.Split('.').Select(Part)]
        : attribute is None ? [] : [attribute]);

    /// <summary>The paths of a list with commas; one for anything else.</summary>
    public static AttributePath[] AllOf(object attribute) =>
        attribute is string text ? [.. text.Split(',').Select(part => Of(part))] : [Of(attribute)];

    public object Find(object item, RenderBudget budget, object? absent = null)
    {
        foreach (object part in _parts)
        {
            item = Members.Item(item, part, budget);
            if (item is Undefined && absent is not (null or None))
            {
                item = absent;
            }
        }

        return item;
    }

    private static object Part(string part) =>
        part.Length > 0 && part.All(char.IsAsciiDigit) ? BigInteger.Parse(part, CultureInfo.InvariantCulture) : part;
}
