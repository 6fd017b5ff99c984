using System.Numerics;
using System.Runtime.CompilerServices;

namespace AlignService.Text.Chat.Values;

/// <summary>Equality as in Python: numbers by their value whatever their type, lists and mappings deeply.</summary>
internal sealed class ValueEquality : IEqualityComparer<object>
{
    private ValueEquality()
    {
    }

    /// <summary>For keys of mappings and members of sets: refuses mutable values.</summary>
    public static ValueEquality OfKeys { get; } = new();

    public static bool Same(object left, object right) => (left, right) switch
    {
        (string a, string b) => string.Equals(a, b, StringComparison.Ordinal),
        (Undefined, Undefined) => true,
        (Sequence a, Sequence b) => a.Kind == b.Kind && SameItems(a.Items, b.Items),
        (Mapping a, Mapping b) => a.Count == b.Count && SameEntries(a, b),
        _ when Numbers.IsNumber(left) && Numbers.IsNumber(right) => Numbers.Compare(left, right) == 0,
        _ => ReferenceEquals(left, right),
    };

    bool IEqualityComparer<object>.Equals(object? left, object? right) => Same(left!, right!);

    int IEqualityComparer<object>.GetHashCode(object value) => value switch
    {
        string text => text.GetHashCode(StringComparison.Ordinal),
        bool flag => (flag ? BigInteger.One : BigInteger.Zero).GetHashCode(),
        BigInteger number => number.GetHashCode(),
        double number => Math.Floor(number) == number && double.IsFinite(number) ? new BigInteger(number).GetHashCode() : number.GetHashCode(),
        Sequence { Kind: SequenceKind.Tuple } tuple => HashOf(tuple.Items),
        Sequence { Kind: not SequenceKind.Range } or Mapping => throw new TemplateFault($"a {TypeNames.Of(value)} cannot be a key"),
        _ => value.GetHashCode(),
    };

    private int HashOf(IReadOnlyList<object> items)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return items.Aggregate(17, (hash, item) => (hash * 31) + ((IEqualityComparer<object>)this).GetHashCode(item));
    }

    private static bool SameEntries(Mapping left, Mapping right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return left.Entries.All(entry => right.TryGet(entry.Key, out object other) && Same(entry.Value, other));
    }

    private static bool SameItems(IReadOnlyList<object> left, IReadOnlyList<object> right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (left.Count != right.Count)
        {
            return false;
        }

        for (int i = 0; i < left.Count; i++)
        {
            if (!Same(left[i], right[i]))
            {
                return false;
            }
        }

        return true;
    }
}
