using System.Numerics;

namespace AlignService.Specs.Rewards.Numbers;

/// <summary>A rational number, exactly: no digit that a text has is lost.</summary>
internal readonly record struct ExactNumber
{
    public static readonly ExactNumber Zero = new(0, 1);

    /// <param name="numerator">Any.</param>
    /// <param name="denominator">Not 0.</param>
    public ExactNumber(BigInteger numerator, BigInteger denominator)
    {
        ArgumentOutOfRangeException.ThrowIfZero(denominator);
        BigInteger shared = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        (Numerator, Denominator) = (numerator / shared, denominator / shared);
    }

    public BigInteger Numerator { get; }

    /// <summary>Above 0; without a common factor with the numerator.</summary>
    public BigInteger Denominator { get; }

    public bool IsWhole => Denominator.IsOne;

    public static ExactNumber operator +(ExactNumber left, ExactNumber right) =>
        new(left.Numerator * right.Denominator + right.Numerator * left.Denominator, left.Denominator * right.Denominator);

    public static ExactNumber operator -(ExactNumber number) => new(-number.Numerator, number.Denominator);

    public static ExactNumber operator -(ExactNumber left, ExactNumber right) => left + -right;

    public static ExactNumber operator *(ExactNumber left, ExactNumber right) => new(left.Numerator * right.Numerator, left.Denominator * right.Denominator);

    public static ExactNumber operator /(ExactNumber left, ExactNumber right) => new(left.Numerator * right.Denominator, left.Denominator * right.Numerator);

    /// <param name="number">The base; not 0 for a negative exponent.</param>
    /// <param name="exponent">Whole.</param>
    public static ExactNumber Power(ExactNumber number, int exponent) => exponent >= 0
        ? new(BigInteger.Pow(number.Numerator, exponent), BigInteger.Pow(number.Denominator, exponent))
        : new(BigInteger.Pow(number.Denominator, -exponent), BigInteger.Pow(number.Numerator, -exponent));

    /// <summary>The nearest double, or an infinity where the number is beyond all of them.</summary>
    public double ToDouble()
    {
        // Both parts shortened to what a double holds and more, so that neither overflows by itself.
        int shift = (int)Math.Max(0, Math.Min(Numerator.GetBitLength(), Denominator.GetBitLength()) - 128);
        return (double)(Numerator >> shift) / (double)(Denominator >> shift);
    }
}
