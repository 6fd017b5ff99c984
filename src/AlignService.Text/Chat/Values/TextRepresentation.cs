using System.Globalization;
using System.Text;

namespace AlignService.Text.Chat.Values;

/// <summary>A string as Python's <c>repr</c> writes it.</summary>
internal static class TextRepresentation
{
    public static void Append(string content, StringBuilder text)
    {
        char quote = content.Contains('\'', StringComparison.Ordinal) && !content.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        text.Append(quote);
        foreach (Rune rune in content.EnumerateRunes())
        {
            AppendRune(rune, quote, text);
        }

        text.Append(quote);
    }

    private static void AppendRune(Rune rune, char quote, StringBuilder text)
    {
        int scalar = rune.Value;
        if (scalar == quote || scalar == '\\')
        {
            text.Append('\\').Append((char)scalar);
        }
        else if (scalar is '\n' or '\r' or '\t')
        {
            text.Append('\\').Append(scalar switch { '\n' => 'n', '\r' => 'r', _ => 't' });
        }
        else if (scalar == ' ' || IsPrintable(rune))
        {
            text.Append(rune);
        }
        else
        {
            string format = scalar <= 0xFF ? "\\x{0:x2}" : scalar <= 0xFFFF ? "\\u{0:x4}" : "\\U{0:x8}";
            text.AppendFormat(CultureInfo.InvariantCulture, format, scalar);
        }
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or
        UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
