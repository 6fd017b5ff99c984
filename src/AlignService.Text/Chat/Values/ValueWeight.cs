using System.Numerics;

namespace AlignService.Text.Chat.Values;

/// <summary>How much work it is to go through all of a value once, in steps. Values that are shared count as often as they are reached.</summary>
internal static class ValueWeight
{
    /// <summary>Most characters of a text.</summary>
    public const int LongestText = 4 << 20;

    private const int CharactersPerStep = 8, BitsPerStep = 32;

    /// <summary>Beyond every budget, and such that sums of weights do not overflow.</summary>
    private const long Largest = 1L << 40;

    public static long Of(object value) => value switch
    {
        string text => 1 + (text.Length / CharactersPerStep),
        BigInteger integer => 1 + (integer.GetBitLength() / BitsPerStep),
        Sequence sequence => sequence.Weight,
        Mapping mapping => mapping.Weight,
        _ => 1,
    };

    public static long Sum(long weight, object value) => Math.Min(Largest, weight + Of(value));

    /// <summary>The fault of a text that is being written and is too long already.</summary>
    public static void Require(long length)
    {
        if (length > LongestText)
        {
            throw new TemplateFault($"a text is longer than {LongestText} characters");
        }
    }

    /// <summary>Steps of an operation on integers, which takes about the product of their lengths.</summary>
    public static long OfArithmetic(string sign, BigInteger left, BigInteger right)
    {
        const int WordBits = 64, WordsPerStep = 8;
        long first = 1 + (left.GetBitLength() / WordBits), second = 1 + (right.GetBitLength() / WordBits);
        if (sign == "**")
        {
            long words = 1 + (Numbers.MostBits / WordBits);
            second = first = right > words * WordBits ? words : Math.Min(words, 1 + ((long)BigInteger.Max(right, 0) * left.GetBitLength() / WordBits));
        }

        return first == 1 || second == 1 ? (first + second) / WordsPerStep : first * second / WordsPerStep;
    }
}
