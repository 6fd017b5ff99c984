using System.Globalization;
using System.Numerics;

namespace AlignService.Text.Chat.Rendering;

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
