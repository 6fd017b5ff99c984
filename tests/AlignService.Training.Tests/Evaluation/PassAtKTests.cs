using AlignService.Specs.Settings;
using AlignService.Training.Evaluation;
using Xunit;

namespace AlignService.Training.Tests.Evaluation;

public sealed class PassAtKTests
{
    /// <summary>The estimate is the share of all k-subsets of the answers that hold a right one: counted here, one by one.</summary>
    [Fact]
    public void Estimate_SmallNumbers_IsTheShareOfSubsetsWithASuccess()
    {
        for (int n = 1; n <= 10; n++)
        {
            for (int c = 0; c <= n; c++)
            {
                for (int k = 1; k <= n; k++)
                {
                    int right = (1 << c) - 1;
                    int[] subsets = [.. Enumerable.Range(0, 1 << n).Where(set => int.PopCount(set) == k)];
                    double share = subsets.Count(set => (set & right) != 0) / (double)subsets.Length;
                    Assert.Equal(share, PassAtK.Estimate(n, c, k), 1e-12);
                }
            }
        }
    }

    [Fact]
    public void Estimate_LargeNumbers_StaysAProbability()
    {
        // C(20000, 100) overflows every number format; the product does not.
        double rare = PassAtK.Estimate(20_000, 1, 100);
        Assert.Equal(100 / 20_000.0, rare, 1e-12);
        Assert.Equal(1, PassAtK.Estimate(20_000, 19_999, 100));
        Assert.Equal(0, PassAtK.Estimate(20_000, 0, 100));
    }

    [Theory]
    [InlineData(4, 1, 5)]
    [InlineData(4, 5, 1)]
    [InlineData(4, 1, 0)]
    public void Estimate_ImpossibleCounts_AreRefused(int n, int c, int k) => Assert.ThrowsAny<ArgumentException>(() => PassAtK.Estimate(n, c, k));

    [Fact]
    public void Metrics_AreMeansOverPromptsAndLeaveOutTheUnscored()
    {
        var evaluation = new EvaluationConfig { SamplesPerPrompt = 4, PassAt = [1, 2, 4], SuccessThreshold = 0.5 };
        double[] scores =
        [
            1, 0, 0, 0.5, // 2 of 4
            0, 0, double.NaN, 0.4, // 0 of 3
            double.NaN, double.NaN, double.NaN, 1, // 1 of 1
            double.NaN, double.NaN, double.NaN, double.NaN,
        ];

        Dictionary<string, double> metrics = SuccessMetrics.Of(scores, evaluation).ToDictionary();

        Assert.Equal((0.5 + 0 + 1) / 3, metrics["eval/avg_at_4/mean"], 1e-12);
        Assert.Equal(0.5 / Math.Sqrt(3), metrics["eval/avg_at_4/standard_error"], 1e-12);
        Assert.Equal((0.5 + 0 + 1) / 3, metrics["eval/pass_at_1/mean"], 1e-12);
        Assert.Equal((1 - 1 / 6.0 + 0) / 2, metrics["eval/pass_at_2/mean"], 1e-12);
        Assert.Equal(1, metrics["eval/pass_at_4/mean"], 1e-12);
    }
}
