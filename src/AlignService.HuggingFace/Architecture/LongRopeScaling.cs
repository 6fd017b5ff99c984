namespace AlignService.HuggingFace.Architecture;

/// <summary>LongRoPE (arXiv:2402.13753): every pair has a divisor of its own, from one list up to the original length and from another beyond it.</summary>
/// <param name="ShortFactors">d/2 divisors.</param>
/// <param name="LongFactors">d/2 divisors.</param>
/// <param name="AttentionFactor">Factor of cos and sin, in both cases.</param>
/// <param name="OriginalLength">Tokens of the first training.</param>
public sealed record LongRopeScaling(IReadOnlyList<double> ShortFactors, IReadOnlyList<double> LongFactors, double AttentionFactor, long OriginalLength) : RopeScaling
{
    public override double Magnitude => AttentionFactor;

    public override long? LengthBoundary => OriginalLength;

    public override double[] Scale(double[] frequencies, RopeConfig rope, long sequenceLength)
    {
        IReadOnlyList<double> divisors = sequenceLength > OriginalLength ? LongFactors : ShortFactors;
        return [.. frequencies.Select((frequency, k) => frequency / divisors[k])];
    }

    /// <summary>By the numbers in the lists.</summary>
    public bool Equals(LongRopeScaling? other) =>
        other is not null && AttentionFactor == other.AttentionFactor && OriginalLength == other.OriginalLength
        && ShortFactors.SequenceEqual(other.ShortFactors) && LongFactors.SequenceEqual(other.LongFactors);

    public override int GetHashCode() => HashCode.Combine(AttentionFactor, OriginalLength, ShortFactors.Count);
}
