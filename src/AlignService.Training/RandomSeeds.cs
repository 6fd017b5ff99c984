namespace AlignService.Training;

/// <summary>The purposes of a run's random streams, besides sampling: each has its own streams.</summary>
internal enum RandomPurpose
{
    PromptOrder = 1,
    RowOrder = 2,
    ShuffledRewards = 3,
    Evaluation = 4,
    AdapterStart = 8,
    AdapterDropout = 9,
}

/// <summary>Seeds of the purposes of a run, from its seed.</summary>
internal static class RandomSeeds
{
    private const ulong GoldenRatio = 0x9E3779B97F4A7C15; // odd, so purposes never meet

    public static ulong For(ulong seed, RandomPurpose purpose) => unchecked(seed + (ulong)purpose * GoldenRatio);
}
