using AlignService.Specs.Data;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using Xunit;

namespace AlignService.Training.Tests.Rewards;

public sealed class BuiltInRewardTests
{
    [Theory]
    [InlineData("blue", 1)]
    [InlineData("  blue\n", 1)]
    [InlineData("Blue", 0)]
    [InlineData("blue.", 0)]
    public void ExactMatch_ByDefault_TrimsAndMindsCase(string completion, double expected) =>
        Assert.Equal(expected, Score(new ExactMatchReward(new ExactMatchConfig { Name = "exact" }), completion, " blue"));

    [Fact]
    public void ExactMatch_WithoutAnAnswer_GivesNoScore() => Assert.Null(Score(new ExactMatchReward(new ExactMatchConfig { Name = "exact" }), "blue", null));

    [Theory]
    [InlineData("[0-9]+", false, "room 12", 1)]
    [InlineData("[0-9]+", true, "room 12", 0)]
    [InlineData("a|ab", true, "ab", 1)]
    [InlineData("^x$", false, "y\nx", 0)]
    public void RegularExpression_FindsOrMatchesTheWhole(string pattern, bool full, string completion, double expected) =>
        Assert.Equal(expected, Score(new RegularExpressionReward(new RegularExpressionConfig { Name = "pattern", Pattern = pattern, FullMatch = full }), completion, null));

    [Theory]
    [InlineData("(")]
    [InlineData("(?=x)x")]
    [InlineData(@"(a)\1")]
    public void RegularExpression_ThatCannotBeUsed_IsRefused(string pattern)
    {
        var fault = Assert.Throws<RewardException>(() => new RegularExpressionReward(new RegularExpressionConfig { Name = "pattern", Pattern = pattern }));

        Assert.Contains(pattern, fault.Message);
    }

    [Fact]
    public void RegularExpression_EvilPattern_TakesLinearTime() =>
        Assert.Equal(0, Score(new RegularExpressionReward(new RegularExpressionConfig { Name = "evil", Pattern = "^(a+)+$" }), new string('a', 50_000) + "b", null));

    [Theory]
    [InlineData("#### 42", 42.0)]
    [InlineData("First 7, then 8.\n#### 1,234\n", 1234.0)]
    [InlineData("#### -3.5 apples, not 9", -3.5)]
    [InlineData(@"so \boxed{\frac{3}{4}}.", 0.75)]
    [InlineData(@"\boxed{12} and then \boxed{x = 13}", 13.0)]
    [InlineData("3/4", 0.75)]
    [InlineData("it is 1,000,000.50 dollars", 1000000.5)]
    [InlineData("from 5-3 we get", 3.0)]
    [InlineData("minus: -3", -3.0)]
    [InlineData("\u22123", -3.0)]
    [InlineData("The answer is 12.", 12.0)]
    [InlineData("$18", 18.0)]
    [InlineData(".5", 0.5)]
    [InlineData("12,34", 34.0)]
    [InlineData("no number", null)]
    [InlineData("7\n####", null)]
    [InlineData("1/0", null)]
    public void FinalNumber_ReadsWhatATextEndsUpWith(string text, double? expected) => Assert.Equal(expected, FinalNumber.Of(text));

    [Theory]
    [InlineData("so it is 18", "9 * 2 = 18\n#### 18", 1.0)]
    [InlineData("so it is 18.0000001", "#### 18", 1.0)]
    [InlineData("so it is 18.1", "#### 18", 0.0)]
    [InlineData("no idea", "#### 18", 0.0)]
    [InlineData("18", "no number", null)]
    public void NumberMatch_ComparesFinalNumbers(string completion, string answer, double? expected) =>
        Assert.Equal(expected, Score(new NumberMatchReward(new NumberMatchConfig { Name = "number" }), completion, answer));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(10, -1)]
    [InlineData(5, 0)]
    [InlineData(20, -1)]
    public void Length_IsLinearUpToItsMaximum(int tokenCount, double expected)
    {
        LengthReward reward = new(new LengthConfig { Name = "length", AtZero = 1, AtMax = -1 }, maxCompletionLength: 10);

        Assert.Equal(expected, reward.Score([new ScoringRequest(new Prompt(0, "p", null, null), "", new int[tokenCount], false)], TestContext.Current.CancellationToken)[0].Value!.Value, 1e-12);
    }

    private static double? Score(IReward reward, string completion, string? answer) =>
        reward.Score([new ScoringRequest(new Prompt(0, "p", null, answer), completion, [0], false)], TestContext.Current.CancellationToken)[0].Value;
}
