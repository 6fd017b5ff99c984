namespace AlignService.Model.Parameters;

/// <summary>Random numbers by position, the same on every machine.</summary>
internal interface ICounterNumbers
{
    double this[long index] { get; }
}

/// <summary>Random bits by position: word i of stream s depends only on (seed, s, i), on every machine.</summary>
internal readonly struct CounterBits(ulong seed, string stream)
{
    private readonly ulong _key = Mix(seed ^ Mix(HashOf(stream)));

    internal ulong this[ulong index] => Mix(_key ^ Mix(index));

    /// <summary>The finalizer of SplitMix64.</summary>
    private static ulong Mix(ulong value)
    {
        value += 0x9e3779b97f4a7c15;
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }

    /// <summary>FNV-1a over the text's UTF-16 units.</summary>
    private static ulong HashOf(string text)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (char unit in text)
        {
            hash = (hash ^ unit) * 0x100000001b3;
        }

        return hash;
    }
}

/// <summary>Uniform numbers in [-1, 1) by position: value i of stream s depends only on (seed, s, i).</summary>
internal sealed class CounterUniform(ulong seed, string stream) : ICounterNumbers
{
    private const double Ulp = 1.0 / (1UL << 52);

    private readonly CounterBits _bits = new(seed, stream);

    public double this[long index] => ((long)(_bits[(ulong)index] >> 11) * Ulp) - 1;
}

/// <summary>
/// Nearly normal numbers by position: value i of stream s depends only on (seed, s, i). A sum of 16 uniform 16-bit numbers, scaled to mean 0 and variance 1 (it ends at 6.9):
/// integer arithmetic and one product, so every machine computes the same bits, which library functions such as log and cos do not guarantee.
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
