using System.Globalization;
using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Values read as numbers, as Python's <c>int()</c> and <c>float()</c> do; null for other values.</summary>
internal static class NumberText
{
    public const int MostDigits = 4300;

    public static object? Float(object value) => value switch
    {
        _ when Numbers.IsNumber(value) => Numbers.Float(value),
        string text => FloatOf(text),
        Undefined undefined => throw undefined.Fault(),
        _ => null,
    };

    public static object? Integer(object value, int radix) => value switch
    {
        _ when Numbers.IsInteger(value) => Numbers.Integer(value),
        double number => double.IsNaN(number) ? null : double.IsFinite(number)
            ? new BigInteger(number)
            : throw new TemplateFault("int cannot convert an infinite number to an integer"),
        string text => IntegerOf(text, radix) ?? (FloatOf(text) is double number && double.IsFinite(number) ? new BigInteger(number) : null),
        Undefined undefined => throw undefined.Fault(),
        _ => null,
    };

    private static object? FloatOf(string text)
    {
        string digits = Plain(text, char.IsAsciiDigit);
        string word = digits.TrimStart('+', '-').ToLowerInvariant();
        if (word is "inf" or "infinity")
        {
            return digits[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        }

        if (word == "nan")
        {
            return double.NaN;
        }

        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return word.Length > 0 && word[0] is '.' or (>= '0' and <= '9') && double.TryParse(digits, Styles, CultureInfo.InvariantCulture, out double number)
            ? number
            : null;
    }

    private static object? IntegerOf(string text, int radix)
    {
        if (radix is not (0 or (>= 2 and <= 36)))
        {
            throw new TemplateFault($"int requires a base of 0 or in [2, 36], not {radix}");
        }

        string digits = Plain(text, char.IsAsciiLetterOrDigit).ToLowerInvariant();
        bool isNegative = digits.StartsWith('-');
        digits = digits.Length > 0 && digits[0] is '-' or '+' ? digits[1..] : digits;
        int prefixed = digits.Length > 2 && digits[0] == '0' ? digits[1] switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        if (prefixed != 0 && (radix == 0 || radix == prefixed))
        {
            (radix, digits) = (prefixed, digits[2..]);
        }

        radix = radix == 0 ? 10 : radix;
        if (digits.Length is 0 or > MostDigits || !digits.All(digit => Digit(digit) < radix))
        {
            return null;
        }

        BigInteger value = radix == 10
            ? BigInteger.Parse(digits, CultureInfo.InvariantCulture)
            : digits.Aggregate(BigInteger.Zero, (sum, digit) => (sum * radix) + Digit(digit));
        return isNegative ? -value : value;
    }

    private static int Digit(char digit) => digit switch
    {
        >= '0' and <= '9' => digit - '0',
        >= 'a' and <= 'z' => digit - 'a' + 10,
        _ => int.MaxValue,
    };

    // Without white space around, and without the underscores that may stand between two digits.
    private static string Plain(string text, Func<char, bool> isDigit)
    {
        string trimmed = PythonSpace.TrimStart(PythonSpace.TrimEnd(text));
        return string.Concat(trimmed.Where((unit, i) =>
            unit != '_' || i == 0 || i + 1 == trimmed.Length || !isDigit(trimmed[i - 1]) || !isDigit(trimmed[i + 1])));
    }
}
