using AlignService.Training.Metrics;

namespace AlignService.Training.Advantages;

/// <summary>Generalised advantage estimation over the tokens of one completion (arXiv:1506.02438); the value after the last token is 0, also where it was truncated.</summary>
/// <param name="Advantages">[T], not whitened.</param>
/// <param name="Returns">[T] advantages + values: what a critic learns.</param>
internal sealed record GeneralizedAdvantage(double[] Advantages, double[] Returns)
{
    private const double WhitenEpsilon = 1e-8;

    /// <param name="rewards">[T] of each token.</param>
    /// <param name="values">[T] the critic's, before each token.</param>
    /// <param name="gamma">Discount.</param>
    /// <param name="lambda">Trade of bias against variance; 1 is the return itself minus the value.</param>
    public static GeneralizedAdvantage Compute(double[] rewards, double[] values, double gamma, double lambda)
    {
        double[] advantages = new double[rewards.Length];
        double following = 0;
        for (int t = rewards.Length - 1; t >= 0; t--)
        {
            double next = t + 1 < values.Length ? values[t + 1] : 0;
            double delta = rewards[t] + gamma * next - values[t];
            advantages[t] = following = delta + gamma * lambda * following;
        }

        return new(advantages, [.. advantages.Zip(values, (advantage, value) => advantage + value)]);
    }

    /// <summary>(A - mean) / sqrt(variance + 1e-8) with Bessel's correction.</summary>
    /// <param name="advantages">Ragged [B][T].</param>
    /// <param name="mask">[B], rows whose tokens make up mean and variance; null is all.</param>
    public static double[][] Whiten(IReadOnlyList<double[]> advantages, IReadOnlyList<bool>? mask = null)
    {
        SampleStatistics statistics = SampleStatistics.Of(advantages.Where((_, row) => mask?[row] ?? true).SelectMany(row => row));
        double scale = 1 / Math.Sqrt(statistics.StandardDeviation * statistics.StandardDeviation + WhitenEpsilon);
        return [.. advantages.Select(row => row.Select(advantage => (advantage - statistics.Mean) * scale).ToArray())];
    }

    /// <summary>1 - var(returns - values) / var(returns); null where the returns do not vary.</summary>
    public static double? ExplainedVariance(double[] values, double[] returns)
    {
        SampleStatistics whole = SampleStatistics.Of(returns);
        if (!whole.Varies)
        {
            return null;
        }

        SampleStatistics rest = SampleStatistics.Of(returns.Zip(values, (target, value) => target - value));
        return 1 - Math.Pow(rest.StandardDeviation / whole.StandardDeviation, 2);
    }
}
