using System.Globalization;
using System.Text;

namespace AlignService.Text.Chat.Syntax;

/// <summary>The escapes of Python's string literals. Unknown ones are kept as written.</summary>
internal static class StringLiteral
{
    public static string Unescape(string text, int line)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var unescaped = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                unescaped.Append(text[i]);
                continue;
            }

            i++;
            i = text[i] switch
            {
                'x' => AppendHex(text, i, 2, unescaped, line),
                'u' => AppendHex(text, i, 4, unescaped, line),
                'U' => AppendHex(text, i, 8, unescaped, line),
                'N' => throw TemplateSyntax.Wrong(line, "the escape \\N{...} is not supported"),
                >= '0' and <= '7' => AppendOctal(text, i, unescaped),
                _ => AppendSimple(text[i], i, unescaped),
            };
        }

        return Joined(unescaped.ToString(), line);
    }

    private static int AppendSimple(char letter, int at, StringBuilder unescaped)
    {
        switch (letter)
        {
            case '\n':
                break;
            case '\\' or '\'' or '"':
                unescaped.Append(letter);
                break;
            default:
                int index = "abfnrtv".IndexOf(letter, StringComparison.Ordinal);
                unescaped.Append(index < 0 ? $"\\{letter}" : "\a\b\f\n\r\t\v"[index].ToString());
                break;
        }

        return at;
    }

    private static int AppendHex(string text, int at, int digits, StringBuilder unescaped, int line)
    {
        if (at + digits >= text.Length ||
            !uint.TryParse(text.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint scalar) || scalar > 0x10FFFF)
        {
            throw TemplateSyntax.Wrong(line, $"the escape \\{text[at]} needs {digits} hexadecimal digits");
        }

        AppendScalar((int)scalar, unescaped);
        return at + digits;
    }

    private static int AppendOctal(string text, int at, StringBuilder unescaped)
    {
        int value = 0;
        int end = at;
        while (end < text.Length && end < at + 3 && text[end] is >= '0' and <= '7')
        {
            value = (value * 8) + (text[end++] - '0');
        }

        AppendScalar(value, unescaped);
        return end - 1;
    }

    private static void AppendScalar(int scalar, StringBuilder unescaped)
    {
        if (scalar < 0x10000)
        {
            unescaped.Append((char)scalar);
        }
        else
        {
            unescaped.Append(char.ConvertFromUtf32(scalar));
        }
    }

    private static string Joined(string text, int line)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) && i++ >= 0))
            {
                throw TemplateSyntax.Wrong(line, "a string has half of a surrogate pair, which is not valid text");
            }
        }

        return text;
    }
}
