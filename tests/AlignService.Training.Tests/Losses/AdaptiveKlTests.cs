using AlignService.Specs.PolicyOptimization;
using AlignService.Testing;
using AlignService.Training.Losses;
using Xunit;

namespace AlignService.Training.Tests.Losses;

public sealed class AdaptiveKlTests
{
    public static TheoryData<string> Rows => GoldenFolder.AlgorithmRows("gae.json", "adaptive_kl");

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Next_GoldenCase_MovesTheCoefficient(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("gae.json", row);
        AdaptiveKlConfig config = new() { Target = golden.Double("target"), Horizon = golden.Double("horizon") };
        double coefficient = golden.Double("kl_coefficient");
        List<double> got = [];
        foreach (double kl in golden.Doubles("kl"))
        {
            coefficient = AdaptiveKl.Next(coefficient, kl, golden.Int("count"), config);
            got.Add(coefficient);
        }

        GoldenAssert.Close(row, "coefficient", golden.Doubles("expected"), got, GoldenTolerance.Double);
        golden.AssertAllRead();
    }
}
