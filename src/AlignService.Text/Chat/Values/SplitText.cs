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
        while ((most < 0 || parts.Count < most) && text.IndexOf(separator, from, StringComparison.Ordinal) is >= 0 and int at)
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
        string rest = PythonSpace.TrimStart(text);
        while (rest.Length > 0)
        {
            int end = most >= 0 && parts.Count == most ? -1 : rest.AsSpan().IndexOfAny(PythonSpace.Characters);
            if (end < 0)
            {
                parts.Add(parts.Count == most ? rest : PythonSpace.TrimEnd(rest));
                break;
            }

            parts.Add(rest[..end]);
            rest = PythonSpace.TrimStart(rest[end..]);
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
            return most < 0 ? text.Replace(old, replacement, StringComparison.Ordinal) : string.Join(replacement, AtSeparator(text, old, most));
        }

        // Nothing is found before every character and at the end.
        var spread = new StringBuilder();
        int left = most < 0 ? int.MaxValue : most;
        foreach (object scalar in Scalars.Split(text))
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

        HashSet<object> set = [.. Scalars.Split(characters)];
        IReadOnlyList<object> scalars = Scalars.Split(text);
        int start = 0;
        int end = scalars.Count;
        while (left && start < end && set.Contains(scalars[start]))
        {
            start++;
        }

        while (right && end > start && set.Contains(scalars[end - 1]))
        {
            end--;
        }

        return string.Concat(scalars.Skip(start).Take(end - start));
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
