namespace AlignService.HuggingFace.Architecture;

/// <summary>YaRN (arXiv:2309.00071): fast pairs stay, slow ones are stretched by the factor, a ramp between.</summary>
/// <param name="Factor">Stretch of the slow pairs.</param>
/// <param name="BetaFast">Turns over the original length from which a pair counts as fast.</param>
/// <param name="BetaSlow">Turns below which it counts as slow.</param>
/// <param name="AttentionFactor">Factor of cos and sin.</param>
/// <param name="OriginalLength">Tokens of the first training.</param>
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

    /// <summary>The pair, as a fraction, that turns so many times over the original length.</summary>
    private double PairOfTurns(double turns, RopeConfig rope) =>
        rope.RotaryDim * Math.Log(OriginalLength / (2 * Math.PI * turns)) / (2 * Math.Log(rope.Theta));
}
