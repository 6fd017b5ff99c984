namespace AlignService.Text.Chat.Values;

/// <summary>Values in order.</summary>
internal sealed class Sequence(SequenceKind kind, IReadOnlyList<object> items)
{
    public SequenceKind Kind => kind;

    public IReadOnlyList<object> Items => items;

    public bool IsView => kind is SequenceKind.Keys or SequenceKind.Values or SequenceKind.Pairs;

    public static Sequence List(IReadOnlyList<object> items) => new(SequenceKind.List, items);

    public static Sequence Tuple(params IReadOnlyList<object> items) => new(SequenceKind.Tuple, items);
}
