namespace AlignService.Training.Tests;

/// <summary>Tolerances of golden/README-algorithms.md, times max(1, largest expected value).</summary>
internal static class GoldenTolerance
{
    public const double Double = 1e-9;

    public const double Float = 2e-6;
}
