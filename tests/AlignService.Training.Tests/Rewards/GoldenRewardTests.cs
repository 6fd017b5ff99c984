using AlignService.Specs.Data;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Testing;
using Xunit;

namespace AlignService.Training.Tests.Rewards;

[Trait("Category", "Golden")]
public sealed class GoldenRewardTests
{
    public static TheoryData<string> OverlongRows => GoldenFolder.AlgorithmRows("rewards.json", "soft_overlong");

    public static TheoryData<string> RepetitionRows => GoldenFolder.AlgorithmRows("rewards.json", "repetition");

    public static TheoryData<string> CosineRows => GoldenFolder.AlgorithmRows("rewards.json", "cosine_length");

    public static TheoryData<string> ThinkRows => GoldenFolder.AlgorithmRows("rewards.json", "think_format");

    [Theory]
    [MemberData(nameof(OverlongRows))]
    public void Overlong_GoldenCase_GivesThePenalty(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("rewards.json", row);
        OverlongReward reward = new(new OverlongConfig { Name = "overlong", Cache = golden.Int("cache") }, golden.Int("max_completion_length"));

        Check(row, golden, Scores(reward, golden.Ints("lengths")));
    }

    [Theory]
    [MemberData(nameof(RepetitionRows))]
    public void Repetition_GoldenCase_GivesThePenalty(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("rewards.json", row);
        RepetitionReward reward = new(new RepetitionConfig { Name = "repetition", NgramSize = golden.Int("ngram_size"), MaxPenalty = golden.Double("max_penalty") });

        double got = Score(reward, new ScoringRequest(new Prompt(0, "p", null, null), "", golden.Ints("token_ids"), false));

        GoldenAssert.Close(row, "penalty", golden.Double("expected"), got, GoldenTolerance.Double);
        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(CosineRows))]
    public void CosineLength_GoldenCase_GivesTheScores(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("rewards.json", row);
        CosineLengthConfig config = new()
        {
            Name = "cosine",
            MinValueWrong = golden.Double("min_value_wrong"),
            MaxValueWrong = golden.Double("max_value_wrong"),
            MinValueCorrect = golden.Double("min_value_correct"),
            MaxValueCorrect = golden.Double("max_value_correct"),
        };
        string answer = golden.Bool("correct") ? "1" : "2";
        CosineLengthReward reward = new(config, golden.Int("max_length"), new NumberMatchReward(new NumberMatchConfig { Name = "right" }));

        Check(row, golden, [.. golden.Ints("lengths").Select(length => Score(reward, new ScoringRequest(new Prompt(0, "p", null, answer), "1", new int[length], false)))]);
    }

    [Theory]
    [MemberData(nameof(ThinkRows))]
    public void ThinkFormat_GoldenCase_GivesTheScore(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("rewards.json", row);

        double got = Score(new ThinkFormatReward(new ThinkFormatConfig { Name = "think" }), new ScoringRequest(new Prompt(0, "p", null, null), golden.Text("text"), [], false));

        GoldenAssert.Close(row, "score", golden.Double("expected"), got, GoldenTolerance.Double);
        golden.AssertAllRead();
    }

    private static void Check(string row, GoldenJson golden, double[] got)
    {
        GoldenAssert.Close(row, "scores", golden.Doubles("expected"), got, GoldenTolerance.Double);
        golden.AssertAllRead();
    }

    private static double[] Scores(IReward reward, IEnumerable<int> lengths) =>
        [.. lengths.Select(length => Score(reward, new ScoringRequest(new Prompt(0, "p", null, null), "", new int[length], false)))];

    private static double Score(IReward reward, ScoringRequest request) => reward.Score([request], TestContext.Current.CancellationToken)[0].Value!.Value;
}
