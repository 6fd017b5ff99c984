using System.Numerics;

namespace AlignService.Text.Chat.Values;

/// <summary>
/// The variable <c>loop</c>, and the loop's place in its items. Items are taken one by one, as in Jinja, so that a filter of the loop sees what the body has set; only what asks for the
/// next item or for their number takes them earlier.
/// </summary>
internal sealed class LoopState : IDisposable
{
    private readonly IEnumerator<object> _items;
    private readonly Queue<object> _ahead = new();
    private object? _before, _current;
    private int? _count;

    /// <param name="items">Taken when they are needed.</param>
    /// <param name="count">Null: known only when all are taken.</param>
    public LoopState(IEnumerable<object> items, int? count) => (_items, _count) = (items.GetEnumerator(), count);

    public int Index { get; private set; } = -1;

    public int Count => _count ??= TakeAll();

    public object Current => _current ?? throw new InvalidOperationException("The loop has not begun.");

    /// <summary>Goes to the next item; false where there is none.</summary>
    public bool MoveNext()
    {
        if (!LookAhead())
        {
            return false;
        }

        (_before, _current) = (_current, _ahead.Dequeue());
        Index++;
        return true;
    }

    public object Attribute(string name) => name switch
    {
        "index" => new BigInteger(Index + 1),
        "index0" => new BigInteger(Index),
        "revindex" => new BigInteger(Count - Index),
        "revindex0" => new BigInteger(Count - Index - 1),
        "first" => Index == 0,
        "last" => !LookAhead(),
        "length" => new BigInteger(Count),
        "previtem" => _before ?? new Undefined("there is no previous item"),
        "nextitem" => LookAhead() ? _ahead.Peek() : new Undefined("there is no next item"),
        "depth" => BigInteger.One,
        "depth0" => BigInteger.Zero,
        _ => new Undefined($"the loop has no attribute '{name}'"),
    };

    public void Dispose() => _items.Dispose();

    private bool LookAhead()
    {
        if (_ahead.Count == 0 && _items.MoveNext())
        {
            _ahead.Enqueue(_items.Current);
        }

        return _ahead.Count > 0;
    }

    private int TakeAll()
    {
        while (_items.MoveNext())
        {
            _ahead.Enqueue(_items.Current);
        }

        return Index + 1 + _ahead.Count;
    }
}
