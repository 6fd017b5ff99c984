namespace AlignService.HuggingFace.Architecture;

/// <summary>Rotary positions (arXiv:2104.09864), pairs (k, k + d/2).</summary>
public sealed record RopeConfig
{
    /// <summary>Base of the frequencies theta^(-2k/d).</summary>
    public required double Theta { get; init; }

    /// <summary>d: the leading elements of a head that are rotated; even, at most the head's width.</summary>
    public required int RotaryDim { get; init; }

    /// <summary>null: none.</summary>
    public RopeScaling? Scaling { get; init; }

    /// <summary>Angles per position of the d/2 pairs, for sequences of the given total length.</summary>
    public double[] Frequencies(long sequenceLength)
    {
        var frequencies = new double[RotaryDim / 2];
        for (int k = 0; k < frequencies.Length; k++)
        {
            frequencies[k] = Math.Pow(Theta, -2.0 * k / RotaryDim);
        }

        return Scaling?.Scale(frequencies, this, sequenceLength) ?? frequencies;
    }
}
