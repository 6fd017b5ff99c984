using System.Globalization;
using System.Numerics;

namespace AlignService.Text.Chat.Values;

/// <summary>Arithmetic as in Python: unbounded integers, booleans as 0 and 1, floor division, and division that is always a float.</summary>
internal static class Numbers
{
    /// <summary>The result of a comparison with NaN: neither equal nor ordered.</summary>
    public const int Incomparable = 2;

    // An integer of more bits than this only serves to use up memory.
    public const int MostBits = 100_000;

    private const int MostDigits = 4300;

    public static bool IsNumber(object value) => value is bool or BigInteger or double;

    public static bool IsInteger(object value) => value is bool or BigInteger;

    public static BigInteger Integer(object value) => value is bool flag ? (flag ? BigInteger.One : BigInteger.Zero) : (BigInteger)value;

    public static double Float(object value)
    {
        if (value is double number)
        {
            return number;
        }

        double converted = (double)Integer(value);
        return double.IsFinite(converted) ? converted : throw new TemplateFault("an integer is too large for a float");
    }

    /// <summary>The digits of an integer, which Python limits too.</summary>
    public static string Text(BigInteger integer)
    {
        const double BitsPerDigit = 3.3219280948873626;
        return integer.GetBitLength() <= (long)(MostDigits * BitsPerDigit)
            ? integer.ToString(CultureInfo.InvariantCulture)
            : throw new TemplateFault($"an integer of more than {MostDigits} digits cannot be written");
    }

    public static int Compare(object left, object right)
    {
        if (IsInteger(left) && IsInteger(right))
        {
            return Integer(left).CompareTo(Integer(right));
        }

        if (left is double a && right is double b)
        {
            return CompareFloats(a, b);
        }

        // An integer and a float are compared exactly.
        if (left is not double number)
        {
            return CompareExactly(Integer(left), (double)right);
        }

        int reversed = CompareExactly(Integer(right), number);
        return reversed == Incomparable ? reversed : -reversed;
    }

    public static object Compute(string sign, object left, object right)
    {
        bool areIntegers = IsInteger(left) && IsInteger(right);
        return sign switch
        {
            "/" => Divide(left, right),
            "**" => Power(left, right),
            "+" when areIntegers => Bounded(Integer(left) + Integer(right)),
            "-" when areIntegers => Bounded(Integer(left) - Integer(right)),
            "*" when areIntegers => Bounded(Integer(left) * Integer(right)),
            "//" when areIntegers => FloorDivide(Integer(left), NotZero(Integer(right))),
            "%" when areIntegers => Integer(left) - (FloorDivide(Integer(left), NotZero(Integer(right))) * Integer(right)),
            "+" => Float(left) + Float(right),
            "-" => Float(left) - Float(right),
            "*" => Float(left) * Float(right),
            "//" => Math.Floor((Float(left) - Modulo(Float(left), NotZero(Float(right)))) / Float(right) + 0.5),
            "%" => Modulo(Float(left), NotZero(Float(right))),
            _ => throw new TemplateFault($"the operator '{sign}' is not supported for numbers"),
        };
    }

    public static object Negate(object value) => value is double number ? -number : -Integer(value);

    private static int CompareFloats(double a, double b) => a < b ? -1 : a > b ? 1 : a == b ? 0 : Incomparable;

    private static int CompareExactly(BigInteger integer, double number)
    {
        if (double.IsNaN(number))
        {
            return Incomparable;
        }

        if (double.IsInfinity(number))
        {
            return number > 0 ? -1 : 1;
        }

        int whole = integer.CompareTo(new BigInteger(Math.Floor(number)));
        return whole == 0 && Math.Floor(number) < number ? -1 : whole;
    }

    private static object Divide(object left, object right)
    {
        double divisor = NotZero(Float(right));
        return Float(left) / divisor;
    }

    private static object Power(object left, object right)
    {
        if (IsInteger(left) && IsInteger(right) && Integer(right) >= 0)
        {
            BigInteger root = Integer(left);
            BigInteger exponent = Integer(right);
            if (root.IsZero || root.IsOne || root == BigInteger.MinusOne)
            {
                return exponent.IsZero ? BigInteger.One : exponent.IsEven ? root * root : root;
            }

            return exponent * root.GetBitLength() <= MostBits
                ? BigInteger.Pow(root, (int)exponent)
                : throw new TemplateFault($"an integer of more than {MostBits} bits is not allowed");
        }

        double based = Float(left);
        double power = Math.Pow(based == 0 && Float(right) < 0 ? throw new TemplateFault("division by zero") : based, Float(right));
        return double.IsNaN(power) && !double.IsNaN(based) ? throw new TemplateFault("a complex number is not supported") : power;
    }

    private static BigInteger FloorDivide(BigInteger left, BigInteger right)
    {
        BigInteger quotient = BigInteger.DivRem(left, right, out BigInteger rest);
        return !rest.IsZero && rest.Sign != right.Sign ? quotient - 1 : quotient;
    }

    private static double Modulo(double left, double right)
    {
        double rest = left % right;
        return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
    }

    private static BigInteger Bounded(BigInteger value) =>
        value.GetBitLength() <= MostBits ? value : throw new TemplateFault($"an integer of more than {MostBits} bits is not allowed");

    private static BigInteger NotZero(BigInteger divisor) => divisor.IsZero ? throw new TemplateFault("division by zero") : divisor;

    private static double NotZero(double divisor) => divisor == 0 ? throw new TemplateFault("division by zero") : divisor;
}
