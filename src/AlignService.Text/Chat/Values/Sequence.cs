namespace AlignService.Text.Chat.Values;

/// <summary>Values in order.</summary>
internal sealed class Sequence(SequenceKind kind, IReadOnlyList<object> items)
{
    public SequenceKind Kind => kind;

    public IReadOnlyList<object> Items => items;

    /// <summary>1 for each item, and what is in it.</summary>
    public long Weight { get; } = items.Aggregate(1L, ValueWeight.Sum);

    public bool IsView => kind is SequenceKind.Keys or SequenceKind.Values or SequenceKind.Pairs;

    public static Sequence List(IReadOnlyList<object> items) => new(SequenceKind.List, items);

    public static Sequence Tuple(params IReadOnlyList<object> items) => new(SequenceKind.Tuple, items);
}

internal enum SequenceKind
{
    List,
    Tuple,
    Range,

    /// <summary>The result of a mapping's <c>keys()</c>: it cannot be indexed. The same holds for the next two.</summary>
    Keys,
    Values,
    Pairs,
}

/// <summary>Values that can be iterated once, as returned by filters such as map and select. Always true, without a length.</summary>
internal sealed class LazySequence(IEnumerable<object> items)
{
    private readonly IEnumerator<object> _items = items.GetEnumerator();

    public IEnumerable<object> Rest()
    {
        while (_items.MoveNext())
        {
            yield return _items.Current;
        }
    }
}
