using System.Buffers;

namespace AlignService.Text.Chat.Values;

/// <summary>White space as Python's strings see it: that of Unicode and U+001C to U+001F.</summary>
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
