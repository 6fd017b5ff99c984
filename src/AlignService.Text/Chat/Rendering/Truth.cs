using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Which values are true: as in Python all but false, none, zero, what is empty and what is undefined.</summary>
internal static class Truth
{
    public static bool Of(object value) => value switch
    {
        bool flag => flag,
        string text => text.Length > 0,
        BigInteger integer => !integer.IsZero,
        double number => number != 0,
        None or Undefined => false,
        Sequence sequence => sequence.Items.Count > 0,
        Mapping mapping => mapping.Count > 0,
        LoopState loop => loop.Count > 0,
        _ => true,
    };
}
