namespace AlignService.Model.Checkpoints.Initialization;

/// <summary>Uniform numbers in [-1, 1) by position: value i of stream s depends on (seed, s, i) alone.</summary>
internal sealed class CounterUniform(ulong seed, string stream) : ICounterNumbers
{
    private const double Ulp = 1.0 / (1UL << 52);

    private readonly CounterBits _bits = new(seed, stream);

    public double this[long index] => ((long)(_bits[(ulong)index] >> 11) * Ulp) - 1;
}
