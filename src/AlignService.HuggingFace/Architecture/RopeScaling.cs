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
