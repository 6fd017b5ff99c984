using System.Buffers;
using System.Text;

namespace AlignService.Text.Chat.Values;

/// <summary>The splitting methods of Python's strings.</summary>
internal static class SplitText
{
    /// <param name="most">Most splits; below 0: no limit.</param>
    public static List<string> AtSeparator(string text, string separator, int most)
    {
        if (separator.Length == 0)
        {
            throw new TemplateFault("a string cannot be split by an empty separator");
        }

        var parts = new List<string>();
        int from = 0;
        while ((most < 0 || parts.Count < most) && TextSearch.IndexOf(text, separator, from) is >= 0 and int at)
        {
            parts.Add(text[from..at]);
            from = at + separator.Length;
        }

        parts.Add(text[from..]);
        return parts;
    }

    /// <summary>At runs of white space; no part is empty.</summary>
    public static List<string> AtSpace(string text, int most)
    {
        var parts = new List<string>();
        for (int from = 0; text.AsSpan(from).IndexOfAnyExcept(PythonSpace.Characters) is >= 0 and int skipped;)
        {
            from += skipped;
            int length = most >= 0 && parts.Count == most ? -1 : text.AsSpan(from).IndexOfAny(PythonSpace.Characters);
            if (length < 0)
            {
                parts.Add(text[from..]);
                break;
            }

            parts.Add(text.Substring(from, length));
            from += length;
        }

        return parts;
    }

    public static List<string> Lines(string text, bool keepEnds)
    {
        var lines = new List<string>();
        int from = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is not ((>= '\n' and <= '\r') or (>= '\u001C' and <= '\u001E') or '\u0085' or '\u2028' or '\u2029'))
            {
                continue;
            }

            int end = i;
            i += text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 1 : 0;
            lines.Add(text[from..(keepEnds ? i + 1 : end)]);
            from = i + 1;
        }

        if (from < text.Length)
        {
            lines.Add(text[from..]);
        }

        return lines;
    }

    /// <param name="most">Most replacements; below 0: no limit.</param>
    public static string Replace(string text, string old, string replacement, int most)
    {
        if (old.Length > 0)
        {
            return string.Join(replacement, AtSeparator(text, old, most));
        }

        // Nothing is found before every character and at the end.
        var spread = new StringBuilder();
        int left = most < 0 ? int.MaxValue : most;
        foreach (string scalar in Scalars.Each(text))
        {
            spread.Append(left-- > 0 ? replacement : "").Append(scalar);
        }

        return spread.Append(left > 0 ? replacement : "").ToString();
    }

    /// <summary>Without the characters of a set (null: white space) at the chosen ends.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        if (characters is null)
        {
            text = left ? PythonSpace.TrimStart(text) : text;
            return right ? PythonSpace.TrimEnd(text) : text;
        }

        HashSet<Rune> set = [.. characters.EnumerateRunes()];
        int start = 0, end = text.Length;
        while (left && start < end && Rune.TryGetRuneAt(text, start, out Rune first) && set.Contains(first))
        {
            start += first.Utf16SequenceLength;
        }

        while (right && end > start && Rune.DecodeLastFromUtf16(text.AsSpan(start, end - start), out Rune last, out int length) == OperationStatus.Done && set.Contains(last))
        {
            end -= length;
        }

        return text[start..end];
    }
}

/// <summary>White space as in Python's strings: that of Unicode and U+001C to U+001F.</summary>
internal static class PythonSpace
{
    public static SearchValues<char> Characters { get; } =
        SearchValues.Create([.. Enumerable.Range(0, char.MaxValue + 1).Select(unit => (char)unit).Where(Is)]);

    public static bool Is(char unit) => char.IsWhiteSpace(unit) || unit is >= '\u001C' and <= '\u001F';

    public static string TrimEnd(string text)
    {
        int last = text.AsSpan().LastIndexOfAnyExcept(Characters);
        return text[..(last + 1)];
    }

    public static string TrimStart(string text)
    {
        int first = text.AsSpan().IndexOfAnyExcept(Characters);
        return first < 0 ? "" : text[first..];
    }
}
