using System.Text.RegularExpressions;

namespace AlignService.Text;

/// <summary>Bounds text that quotes what others wrote: the beginning says what it is, the end often what to do.</summary>
public static partial class ShortText
{
    /// <summary>Longest reason or message about one thing, in characters.</summary>
    public const int Reason = 500;

    /// <summary>Longest quotation of a value, in characters.</summary>
    private const int Value = 150;

    private const string Gap = " [...] ";

    /// <summary>The text, or its first and last parts where it has more than <paramref name="limit"/> characters. No surrogate pair is split.</summary>
    public static string Cut(string text, int limit = Reason)
    {
        if (text.Length <= limit)
        {
            return text;
        }

        int room = Math.Max(0, limit - Gap.Length), tail = room / 3, head = room - tail;
        head -= head > 0 && char.IsHighSurrogate(text[head - 1]) ? 1 : 0;
        int from = text.Length - tail;
        from += from < text.Length && char.IsLowSurrogate(text[from]) ? 1 : 0;
        return string.Concat(text.AsSpan(0, head), Gap, text.AsSpan(from));
    }

    /// <summary>A message in which no value is quoted at length, and which is not too long itself.</summary>
    /// <param name="message">Values are quoted, or have no blanks.</param>
    /// <param name="limit">In characters.</param>
    public static string CutValues(string message, int limit) => message.Length <= Value
        ? message
        : Cut(LongWord().Replace(LongQuotation().Replace(Cut(message, 20 * limit), quoted => $"\"{Cut(quoted.Groups[1].Value, Value)}\""), word => Cut(word.Value, Value)), limit);

    [GeneratedRegex("\"([^\"]{151,})\"")]
    private static partial Regex LongQuotation();

    [GeneratedRegex(@"\S{152,}")]
    private static partial Regex LongWord();
}
