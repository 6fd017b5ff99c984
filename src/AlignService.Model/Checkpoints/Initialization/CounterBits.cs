namespace AlignService.Model.Checkpoints.Initialization;

/// <summary>Random bits by position: word i of stream s depends on (seed, s, i) alone, on every machine.</summary>
internal readonly struct CounterBits(ulong seed, string stream)
{
    private readonly ulong _key = Mix(seed ^ Mix(HashOf(stream)));

    internal ulong this[ulong index] => Mix(_key ^ Mix(index));

    /// <summary>The finaliser of SplitMix64.</summary>
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
