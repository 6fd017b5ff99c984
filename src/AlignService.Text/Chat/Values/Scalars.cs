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

    /// <summary>One by one.</summary>
    public static IEnumerable<string> Each(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            int length = char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
            yield return text.Substring(at, length);
            at += length;
        }
    }

    /// <summary>The character at an index; null where there is none.</summary>
    public static string? At(string text, int index)
    {
        int at = Offset(text, index);
        return at == text.Length ? null : text.Substring(at, char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1);
    }

    /// <summary>The characters at indices in ascending or descending order.</summary>
    public static string Pick(string text, IEnumerable<int> indices)
    {
        var picked = new StringBuilder();
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            foreach (int index in indices)
            {
                picked.Append(text[index]);
            }

            return picked.ToString();
        }

        int[] offsets = new int[Count(text) + 1];
        int number = 0;
        for (int at = 0; at < text.Length; at += char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1)
        {
            offsets[number++] = at;
        }

        offsets[number] = text.Length;
        foreach (int index in indices)
        {
            picked.Append(text, offsets[index], offsets[index + 1] - offsets[index]);
        }

        return picked.ToString();
    }

    /// <summary>Where the character at an index stands; the length where there is none.</summary>
    private static int Offset(string text, int index)
    {
        int first = text.AsSpan(0, Math.Min(index, text.Length)).IndexOfAnyInRange('\uD800', '\uDFFF');
        int at = first < 0 ? Math.Min(index, text.Length) : first;
        for (int number = first < 0 ? index : first; number < index && at < text.Length; number++)
        {
            at += char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
        }

        return at;
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
