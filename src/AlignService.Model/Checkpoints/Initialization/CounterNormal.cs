namespace AlignService.Model.Checkpoints.Initialization;

/// <summary>
/// Nearly normal numbers by position: value i of stream s depends on (seed, s, i) alone. A sum of 16 uniform 16-bit numbers, scaled to mean 0 and variance 1 (it ends at 6.9):
/// integer arithmetic and one product, so that every machine makes the same bits, which library functions such as log and cos do not promise.
/// </summary>
internal sealed class CounterNormal(ulong seed, string stream) : ICounterNumbers
{
    private const int UniformCount = 16;
    private static readonly double Scale = 1 / Math.Sqrt(UniformCount * ((65536.0 * 65536.0) - 1) / 12);

    private readonly CounterBits _bits = new(seed, stream);

    public double this[long index]
    {
        get
        {
            long sum = 0;
            for (ulong word = 0; word < 4; word++)
            {
                ulong bits = _bits[((ulong)index * 4) + word];
                sum += (long)(bits & 0xffff) + (long)((bits >> 16) & 0xffff) + (long)((bits >> 32) & 0xffff) + (long)(bits >> 48);
            }

            return ((2 * sum) - (UniformCount * 65535L)) * 0.5 * Scale;
        }
    }
}
