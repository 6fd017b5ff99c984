namespace AlignService.HuggingFace.Architecture;

/// <summary>All frequencies divided by one factor (arXiv:2306.15595).</summary>
public sealed record LinearRopeScaling(double Factor) : RopeScaling
{
    public override double[] Scale(double[] frequencies, RopeConfig rope, long sequenceLength) =>
        [.. frequencies.Select(frequency => frequency / Factor)];
}
