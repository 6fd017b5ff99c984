using System.Globalization;
using System.Numerics;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat.Rendering;

/// <summary>Filters that return numbers.</summary>
internal static class NumberFilters
{
    public static IEnumerable<KeyValuePair<string, Func<object, Arguments, FilterContext, object>>> All =>
    [
        new("abs", Absolute),
        new("float", (value, arguments, _) => NumberText.Float(value) ?? arguments.Bind("float", "default")[0] ?? 0.0),
        new("int", Integer),
        new("round", Round),
    ];

    private static object Absolute(object value, Arguments arguments, FilterContext context)
    {
        arguments.Bind("abs");
        return value switch
        {
            double number => Math.Abs(number),
            _ when Numbers.IsInteger(value) => BigInteger.Abs(Numbers.Integer(value)),
            _ => throw Given.Wrong(value, "abs", "a number"),
        };
    }

    private static object Integer(object value, Arguments arguments, FilterContext context)
    {
        object?[] given = arguments.Bind("int", "default", "base");
        int radix = given[1] is { } number ? Given.Count(number, "int") : 10;
        if (value is string digits)
        {
            // A number of so many digits takes the square of their count.
            long count = Math.Min(digits.Length, NumberText.MostDigits);
            context.Budget.Step(count * count / 64);
        }

        return NumberText.Integer(value, radix) ?? given[0] ?? BigInteger.Zero;
    }

    private static object Round(object value, Arguments arguments, FilterContext context)
    {
        object?[] given = arguments.Bind("round", "precision", "method");
        int precision = given[0] is { } digits ? Given.Count(digits, "round") : 0;
        string method = given[1] is { } name ? Given.Text(name, "round") : "common";
        if (!Numbers.IsNumber(value))
        {
            throw Given.Wrong(value, "round", "a number");
        }

        if (Math.Abs((long)precision) > 400)
        {
            throw new TemplateFault("round requires a precision in [-400, 400]");
        }

        return method switch
        {
            "common" when value is double number => Rounding.HalfToEven(number, precision),
            "common" => Rounding.HalfToEven(Numbers.Integer(value), precision),
            "ceil" or "floor" => ToOneSide(value, precision, up: method == "ceil"),
            _ => throw new TemplateFault($"round does not support the method '{method}'; supported: common, ceil and floor"),
        };
    }

    private static object ToOneSide(object value, int precision, bool up)
    {
        object scale = Numbers.Compute("**", new BigInteger(10), new BigInteger(precision));
        object scaled = Numbers.Compute("*", value, scale);
        if (scaled is double number)
        {
            scaled = double.IsFinite(number)
                ? new BigInteger(up ? Math.Ceiling(number) : Math.Floor(number))
                : throw new TemplateFault("round cannot convert an infinite number to an integer");
        }

        return Numbers.Compute("/", scaled, scale);
    }
}

/// <summary>Rounding as in Python: by the exact binary value, ties to even.</summary>
internal static class Rounding
{
    private const int MantissaBits = 52;
    private const int ExponentBias = 1075;

    public static object HalfToEven(double number, int precision)
    {
        if (!double.IsFinite(number) || number == 0)
        {
            return number;
        }

        // number = mantissa * 2^exponent, so number * 10^precision is a fraction of whole numbers.
        long bits = BitConverter.DoubleToInt64Bits(number);
        int exponent = (int)((bits >> MantissaBits) & 0x7FF);
        long mantissa = bits & ((1L << MantissaBits) - 1);
        mantissa = exponent == 0 ? mantissa : mantissa | (1L << MantissaBits);
        exponent = Math.Max(exponent, 1) - ExponentBias;
        BigInteger above = mantissa * BigInteger.Pow(10, Math.Max(precision, 0)) * BigInteger.Pow(2, Math.Max(exponent, 0));
        BigInteger below = BigInteger.Pow(10, Math.Max(-precision, 0)) * BigInteger.Pow(2, Math.Max(-exponent, 0));
        string rounded = string.Create(CultureInfo.InvariantCulture, $"{Nearest(above, below)}E{-precision}");
        double magnitude = double.Parse(rounded, CultureInfo.InvariantCulture);
        return number < 0 ? -magnitude : magnitude;
    }

    public static object HalfToEven(BigInteger number, int precision)
    {
        if (precision >= 0)
        {
            return number;
        }

        BigInteger unit = BigInteger.Pow(10, -precision);
        return Nearest(BigInteger.Abs(number), unit) * unit * number.Sign;
    }

    private static BigInteger Nearest(BigInteger above, BigInteger below)
    {
        BigInteger whole = BigInteger.DivRem(above, below, out BigInteger rest);
        int half = (rest * 2).CompareTo(below);
        return half > 0 || (half == 0 && !whole.IsEven) ? whole + 1 : whole;
    }
}
