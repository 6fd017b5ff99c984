namespace AlignService.Training.Evaluation;

/// <summary>The chance that at least one of k answers is right, estimated without bias from n answers of which c are right (arXiv:2107.03374).</summary>
internal static class PassAtK
{
    /// <summary>1 - C(n - c, k) / C(n, k), as a product that stays in [0, 1] whatever n.</summary>
    /// <param name="sampleCount">n; at least <paramref name="k"/>.</param>
    /// <param name="successCount">c; 0 to n.</param>
    /// <param name="k">1 or more.</param>
    public static double Estimate(int sampleCount, int successCount, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleCount, k);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successCount, sampleCount);

        double allWrong = 1;
        for (int i = sampleCount - successCount + 1; i <= sampleCount; i++)
        {
            allWrong *= Math.Max(0, 1 - k / (double)i);
        }

        return 1 - allWrong;
    }
}
