using AlignService.Testing;
using AlignService.Training.Rewards;
using Xunit;

namespace AlignService.Training.Tests.Rewards;

public sealed class SoftOverlongPenaltyTests
{
    public static TheoryData<string> Rows => GoldenFolder.AlgorithmRows("rewards.json", "soft_overlong");

    public static TheoryData<string> LaterRows => GoldenFolder.AlgorithmRows("rewards.json", "repetition", "cosine_length", "think_format");

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Of_GoldenCase_GivesThePenalty(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("rewards.json", row);

        double[] got = [.. golden.Ints("lengths").Select(length => SoftOverlongPenalty.Of(length, golden.Int("max_completion_length"), golden.Int("cache")))];

        GoldenAssert.Close(row, "penalty", golden.Doubles("expected"), got, GoldenTolerance.Double);
        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(LaterRows))]
    [Trait("Category", "Golden")]
    public void LaterRewards_GoldenCase(string row) => Assert.Skip($"{row}: no reward of this kind yet");
}
