namespace AlignService.Training;

/// <summary>What a random stream of a run is for, besides sampling: each purpose has streams of its own.</summary>
internal enum RandomPurpose
{
    PromptOrder = 1,
    RowOrder = 2,
    ShuffledRewards = 3,
    Evaluation = 4,
    AdapterStart = 8,
    AdapterDropout = 9,
}

/// <summary>Seeds of the purposes of a run, from its one seed.</summary>
internal static class RandomSeeds
{
    private const ulong GoldenRatio = 0x9E3779B97F4A7C15; // odd, so that purposes never meet

    public static ulong For(ulong seed, RandomPurpose purpose) => unchecked(seed + (ulong)purpose * GoldenRatio);
}
