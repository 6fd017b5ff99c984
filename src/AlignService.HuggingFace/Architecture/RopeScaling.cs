namespace AlignService.HuggingFace.Architecture;

/// <summary>A way to stretch rotary positions beyond the length that a model was first trained for.</summary>
public abstract record RopeScaling
{
    /// <summary>Factor of cos and sin.</summary>
    public virtual double Magnitude => 1;

    /// <summary>Sequences up to this length and those beyond it have different frequencies; null: all have the same.</summary>
    public virtual long? LengthBoundary => null;

    /// <summary>The frequencies to use, for a sequence of the given total length (cache included).</summary>
    public abstract double[] Scale(double[] frequencies, RopeConfig rope, long sequenceLength);
}

/// <summary>All frequencies divided by one factor (arXiv:2306.15595).</summary>
public sealed record LinearRopeScaling(double Factor) : RopeScaling
{
    public override double[] Scale(double[] frequencies, RopeConfig rope, long sequenceLength) =>
        [.. frequencies.Select(frequency => frequency / Factor)];
}

/// <summary>Llama 3.1's scaling: long wavelengths are stretched by the factor, short ones stay, those in between are interpolated.</summary>
/// <param name="Factor">Stretch of the long wavelengths.</param>
/// <param name="LowFrequencyFactor">Wavelengths above OriginalLength / this are long.</param>
/// <param name="HighFrequencyFactor">Wavelengths below OriginalLength / this are short; larger than the low one.</param>
/// <param name="OriginalLength">Context length of the original training, in tokens.</param>
public sealed record Llama3RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, double OriginalLength) : RopeScaling
{
    public override double[] Scale(double[] frequencies, RopeConfig rope, long sequenceLength) => [.. frequencies.Select(ScaleOne)];

    private double ScaleOne(double frequency)
    {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < OriginalLength / HighFrequencyFactor)
        {
            return frequency;
        }

        if (wavelength > OriginalLength / LowFrequencyFactor)
        {
            return frequency / Factor;
        }

        double smooth = ((OriginalLength / wavelength) - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return frequency * (((1 - smooth) / Factor) + smooth);
    }
}

/// <summary>YaRN (arXiv:2309.00071): fast pairs stay, slow ones are stretched by the factor, with a ramp in between.</summary>
/// <param name="Factor">Stretch of the slow pairs.</param>
/// <param name="BetaFast">Rotations over the original length from which a pair counts as fast.</param>
/// <param name="BetaSlow">Rotations below which it counts as slow.</param>
/// <param name="AttentionFactor">Factor of cos and sin.</param>
/// <param name="OriginalLength">Context length of the original training, in tokens.</param>
public sealed record YarnRopeScaling(double Factor, double BetaFast, double BetaSlow, double AttentionFactor, double OriginalLength) : RopeScaling
{
    private const double SmallestRamp = 0.001;

    public override double Magnitude => AttentionFactor;

    public override double[] Scale(double[] frequencies, RopeConfig rope, long sequenceLength)
    {
        double first = Math.Max(Math.Floor(PairOfTurns(BetaFast, rope)), 0);
        double last = Math.Min(Math.Ceiling(PairOfTurns(BetaSlow, rope)), rope.RotaryDim - 1);
        double width = last == first ? SmallestRamp : last - first;
        return [.. frequencies.Select((frequency, k) =>
        {
            double ramp = Math.Clamp((k - first) / width, 0, 1);
            return frequency * ((1 - ramp) + (ramp / Factor));
        })];
    }

    /// <summary>The pair (fractional) that rotates this many times over the original length.</summary>
    private double PairOfTurns(double turns, RopeConfig rope) =>
        rope.RotaryDim * Math.Log(OriginalLength / (2 * Math.PI * turns)) / (2 * Math.Log(rope.Theta));
}

/// <summary>LongRoPE (arXiv:2402.13753): every pair has its own divisor, from one list up to the original length and from another one beyond it.</summary>
/// <param name="ShortFactors">d/2 divisors.</param>
/// <param name="LongFactors">d/2 divisors.</param>
/// <param name="AttentionFactor">Factor of cos and sin, in both cases.</param>
/// <param name="OriginalLength">Context length of the original training, in tokens.</param>
public sealed record LongRopeScaling(IReadOnlyList<double> ShortFactors, IReadOnlyList<double> LongFactors, double AttentionFactor, long OriginalLength) : RopeScaling
{
    public override double Magnitude => AttentionFactor;

    public override long? LengthBoundary => OriginalLength;

    public override double[] Scale(double[] frequencies, RopeConfig rope, long sequenceLength)
    {
        IReadOnlyList<double> divisors = sequenceLength > OriginalLength ? LongFactors : ShortFactors;
        return [.. frequencies.Select((frequency, k) => frequency / divisors[k])];
    }

    /// <summary>Compares the lists by value.</summary>
    public bool Equals(LongRopeScaling? other) =>
        other is not null && AttentionFactor == other.AttentionFactor && OriginalLength == other.OriginalLength
        && ShortFactors.SequenceEqual(other.ShortFactors) && LongFactors.SequenceEqual(other.LongFactors);

    public override int GetHashCode() => HashCode.Combine(AttentionFactor, OriginalLength, ShortFactors.Count);
}
