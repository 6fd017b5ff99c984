namespace AlignService.Model.Sampling;

/// <summary>
/// The random numbers of one completion: a pure function of its key and the position, so that a completion never depends on
/// what else is sampled, in which order, or on how many threads.
/// </summary>
public readonly record struct RandomStream(SamplingKey Key, int PromptIndex, int SampleIndex)
{
    private const double UlpOfUnitInterval = 1.0 / (1UL << 53);

    /// <summary>A uniform number in [0, 1) for the token at this position of the completion, from 0.</summary>
    public double Uniform(int position)
    {
        var counter = ((uint)position, (uint)SampleIndex, (uint)PromptIndex, (uint)Key.Step);
        (uint high, uint low, _, _) = Philox.Generate(counter, ((uint)Key.Seed, (uint)(Key.Seed >> 32)));
        return ((((ulong)high << 32) | low) >> 11) * UlpOfUnitInterval;
    }
}
