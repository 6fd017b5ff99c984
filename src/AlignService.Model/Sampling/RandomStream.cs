namespace AlignService.Model.Sampling;

/// <summary>
/// The random numbers of one completion: a pure function of its key and the position, so a completion never depends on
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

/// <summary>Key of the random streams of one sampling phase; prompt, sample and position complete it.</summary>
/// <param name="Seed">The job's seed.</param>
/// <param name="Step">The step of the job; 0 or more.</param>
public readonly record struct SamplingKey(ulong Seed, int Step);

/// <summary>
/// Philox4x32-10, a counter-based generator (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"):
/// a bijection of 128 bits under a 64-bit key whose outputs pass randomness tests.
/// </summary>
internal static class Philox
{
    private const int RoundCount = 10;
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint KeyStep0 = 0x9E3779B9;
    private const uint KeyStep1 = 0xBB67AE85;

    public static (uint X0, uint X1, uint X2, uint X3) Generate((uint X0, uint X1, uint X2, uint X3) counter, (uint K0, uint K1) key)
    {
        (uint x0, uint x1, uint x2, uint x3) = counter;
        (uint k0, uint k1) = key;
        for (int round = 0; round < RoundCount; round++)
        {
            ulong product0 = (ulong)Multiplier0 * x0;
            ulong product1 = (ulong)Multiplier1 * x2;
            (x0, x1, x2, x3) = ((uint)(product1 >> 32) ^ x1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ x3 ^ k1, (uint)product0);
            k0 += KeyStep0;
            k1 += KeyStep1;
        }

        return (x0, x1, x2, x3);
    }
}
