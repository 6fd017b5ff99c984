using System.Runtime.CompilerServices;

namespace AlignService.Text.Chat.Values;

/// <summary>Order as in Python: of numbers, of strings by character, of lists and tuples item by item; other values have no order.</summary>
internal static class ValueOrder
{
    public static bool Holds(string sign, object left, object right)
    {
        int order = Order(left, right);
        return order != Numbers.Incomparable && sign switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    private static int Order(object left, object right) => (left, right) switch
    {
        (string a, string b) => Scalars.Compare(a, b),
        (Sequence { Kind: SequenceKind.List } a, Sequence { Kind: SequenceKind.List } b) => OrderItems(a.Items, b.Items),
        (Sequence { Kind: SequenceKind.Tuple } a, Sequence { Kind: SequenceKind.Tuple } b) => OrderItems(a.Items, b.Items),
        (Undefined undefined, _) => throw undefined.Fault(),
        (_, Undefined undefined) => throw undefined.Fault(),
        _ when Numbers.IsNumber(left) && Numbers.IsNumber(right) => Numbers.Compare(left, right),
        _ => throw new TemplateFault($"a {TypeNames.Of(left)} and a {TypeNames.Of(right)} cannot be ordered"),
    };

    private static int OrderItems(IReadOnlyList<object> left, IReadOnlyList<object> right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        for (int i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (!ValueEquality.Same(left[i], right[i]))
            {
                return Order(left[i], right[i]);
            }
        }

        return left.Count.CompareTo(right.Count);
    }
}

/// <summary>A stable merge sort that propagates errors of the comparison and tolerates inconsistent comparisons.</summary>
internal static class StableSort
{
    /// <param name="compare">Below 0, 0 or above 0.</param>
    public static List<T> Sort<T>(List<T> items, Comparison<T> compare)
    {
        if (items.Count < 2)
        {
            return items;
        }

        List<T> left = Sort(items[..(items.Count / 2)], compare);
        List<T> right = Sort(items[(items.Count / 2)..], compare);
        var merged = new List<T>(items.Count);
        for (int l = 0, r = 0; merged.Count < items.Count;)
        {
            bool takesRight = l == left.Count || (r < right.Count && compare(right[r], left[l]) < 0);
            merged.Add(takesRight ? right[r++] : left[l++]);
        }

        return merged;
    }
}
