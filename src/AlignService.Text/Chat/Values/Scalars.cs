using System.Text;

namespace AlignService.Text.Chat.Values;

/// <summary>Strings as sequences of Unicode scalar values, which is what templates count, index and slice.</summary>
internal static class Scalars
{
    public static int Count(string text)
    {
        int count = text.Length;
        foreach (char unit in text)
        {
            count -= char.IsLowSurrogate(unit) ? 1 : 0;
        }

        return count;
    }

    public static IReadOnlyList<object> Split(string text)
    {
        var scalars = new List<object>(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            scalars.Add(rune.ToString());
        }

        return scalars;
    }

    /// <summary>Order by code point; surrogates would sort before the last characters of the basic plane.</summary>
    public static int Compare(string left, string right)
    {
        int length = Math.Min(left.Length, right.Length);
        for (int i = 0; i < length; i++)
        {
            if (left[i] != right[i])
            {
                bool leftIsHalf = char.IsSurrogate(left[i]);
                return leftIsHalf == char.IsSurrogate(right[i]) ? left[i].CompareTo(right[i]) : leftIsHalf ? 1 : -1;
            }
        }

        return left.Length.CompareTo(right.Length);
    }
}
