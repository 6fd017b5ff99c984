using System.Globalization;
using System.Numerics;

namespace AlignService.Text.Chat.Syntax;

/// <summary>Number literals, as in Python: underscores between digits, 0x, 0o and 0b.</summary>
internal static class TemplateNumber
{
    private const int MostDigits = 4000;

    public static int EndOfInteger(string source, int start)
    {
        if (source[start] != '0' || start + 1 >= source.Length)
        {
            return source[start] == '0' ? start + 1 : EndOfDigits(source, start, char.IsAsciiDigit);
        }

        int end = char.ToLowerInvariant(source[start + 1]) switch
        {
            'x' => EndOfDigits(source, start + 2, char.IsAsciiHexDigit),
            'o' => EndOfDigits(source, start + 2, digit => digit is >= '0' and <= '7'),
            'b' => EndOfDigits(source, start + 2, digit => digit is '0' or '1'),
            _ => EndOfDigits(source, start + 1, digit => digit == '0'),
        };
        return Math.Max(end, start + 1);
    }

    /// <summary>Where the float that starts here ends; -1 if there is none.</summary>
    public static int EndOfFloat(string source, int start)
    {
        int whole = EndOfDigits(source, start, char.IsAsciiDigit);
        int end = whole;
        if (end + 1 < source.Length && source[end] == '.' && char.IsAsciiDigit(source[end + 1]))
        {
            end = EndOfDigits(source, end + 1, char.IsAsciiDigit);
        }

        if (end < source.Length && source[end] is 'e' or 'E')
        {
            int digits = end + 1 + (end + 1 < source.Length && source[end + 1] is '+' or '-' ? 1 : 0);
            int exponent = EndOfDigits(source, digits, char.IsAsciiDigit);
            end = exponent > digits ? exponent : end;
        }

        return end > whole ? end : -1;
    }

    public static BigInteger Integer(string text, int line)
    {
        string digits = text.Replace("_", "", StringComparison.Ordinal);
        if (digits.Length > MostDigits)
        {
            throw TemplateSyntax.Wrong(line, $"a number has {digits.Length} digits; at most {MostDigits} are allowed");
        }

        int radix = digits.Length > 1 ? char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 } : 10;
        if (radix == 10)
        {
            return BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        }

        return digits[2..].Aggregate(BigInteger.Zero, (value, digit) => (value * radix) + Convert.ToInt32(digit.ToString(), 16));
    }

    public static double Float(string text) => double.Parse(text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);

    private static int EndOfDigits(string source, int start, Func<char, bool> isDigit)
    {
        int end = start;
        while (end < source.Length && (isDigit(source[end]) || (source[end] == '_' && end + 1 < source.Length && isDigit(source[end + 1]) && end > start)))
        {
            end++;
        }

        return end;
    }
}
