using AlignService.Specs.Data;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using Xunit;

namespace AlignService.Training.Tests.Rewards.Answers;

public sealed class ChosenOptionTests
{
    private static readonly string[] Letters = ["A", "B", "C", "D"];
    private static readonly string[] Words = ["yes", "no", "not sure"];

    [Theory]
    [InlineData("B", "B")]
    [InlineData(" (b)\n", "B")]
    [InlineData("**C**", "C")]
    [InlineData("D.", "D")]
    [InlineData("B) because it is blue", "B")]
    [InlineData("B. Paris", "B")]
    [InlineData("The answer is (C).", "C")]
    [InlineData("The answer is: **C**", "C")]
    [InlineData("Answer: A", "A")]
    [InlineData("answer A, since the others are wrong", "A")]
    [InlineData("First I think the answer is A. No, the answer is D", "D")]
    [InlineData("So the correct option is B.", "B")]
    [InlineData(@"hence \boxed{B}.", "B")]
    [InlineData(@"hence \boxed{\text{C}} and the answer is A", "C")]
    [InlineData("First, (A) is wrong and (B) is right", "B")]
    [InlineData("Let us see.\nIt must be the last one.\nD", "D")]
    [InlineData("C) since (A) is wrong", "C")]
    [InlineData("A bird in the hand", null)]
    [InlineData("The answer is a bird", null)]
    [InlineData("E", null)]
    [InlineData("BD", null)]
    [InlineData("", null)]
    public void Of_Letters_FindsTheChoice(string text, string? expected) => Assert.Equal(expected, new ChosenOption(Letters).Of(text));

    [Theory]
    [InlineData("Yes", "yes")]
    [InlineData("not sure", "not sure")]
    [InlineData("No, it is not.", "no")]
    [InlineData("I would say YES", "yes")]
    [InlineData("The answer is not sure.", "not sure")]
    [InlineData("Yesterday", null)]
    public void Of_Words_FindsTheChoice(string text, string? expected) => Assert.Equal(expected, new ChosenOption(Words).Of(text));

    [Theory]
    [InlineData("The answer is C.", "C", 1.0)]
    [InlineData("The answer is C.", "(C) Paris", 1.0)]
    [InlineData("The answer is B.", "C", 0.0)]
    [InlineData("no idea", "C", 0.0)]
    [InlineData("C", "the third", null)]
    [InlineData("C", null, null)]
    public void Score_ComparesWithTheAnswer(string completion, string? answer, double? expected)
    {
        ChoiceReward reward = new(new ChoiceConfig { Name = "choice" });

        Assert.Equal(expected, reward.Score([new ScoringRequest(new Prompt(0, "p", null, answer), completion, [0], false)], TestContext.Current.CancellationToken)[0].Value);
    }
}
