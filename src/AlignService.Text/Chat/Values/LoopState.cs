using System.Numerics;

namespace AlignService.Text.Chat.Values;

/// <summary>The variable <c>loop</c>.</summary>
internal sealed class LoopState(IReadOnlyList<object> items)
{
    public int Index { get; set; }

    public int Count => items.Count;

    public object Attribute(string name) => name switch
    {
        "index" => new BigInteger(Index + 1),
        "index0" => new BigInteger(Index),
        "revindex" => new BigInteger(Count - Index),
        "revindex0" => new BigInteger(Count - Index - 1),
        "first" => Index == 0,
        "last" => Index == Count - 1,
        "length" => new BigInteger(Count),
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("there is no previous item"),
        "nextitem" => Index + 1 < Count ? items[Index + 1] : new Undefined("there is no next item"),
        "depth" => BigInteger.One,
        "depth0" => BigInteger.Zero,
        _ => new Undefined($"the loop has no attribute '{name}'"),
    };
}
