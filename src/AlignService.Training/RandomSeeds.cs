namespace AlignService.Training;

/// <summary>Seeds of the purposes of a run, from its one seed.</summary>
internal static class RandomSeeds
{
    private const ulong GoldenRatio = 0x9E3779B97F4A7C15; // odd, so that purposes never meet

    public static ulong For(ulong seed, RandomPurpose purpose) => unchecked(seed + (ulong)purpose * GoldenRatio);
}
