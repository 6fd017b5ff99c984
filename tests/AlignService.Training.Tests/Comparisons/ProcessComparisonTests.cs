using AlignService.Model.Sampling;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Training.Comparisons;
using AlignService.Training.Grpo;
using AlignService.Training.Rollouts;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Comparisons;

public sealed class ProcessComparisonTests
{
    private const double Rounding = 1e-12; // sums of a few doubles near 1

    private static readonly GrpoConfig Config = new() { GroupSize = 2, Advantage = AdvantageKind.Process };

    [Fact]
    public void Compare_Steps_GivesEachTokenThoseThatEndAtOrAfterIt()
    {
        Rollout[] rows = [Row([1], [[new(1, 1), new(3, 0)]]), Row([0.5], [[new(0, 0), new(3, 1)]])];

        Credit credit = Compare(rows, weights: 1);

        double up = 0.5 / (Math.Sqrt(1 / 3.0) + Config.AdvantageEpsilon); // mean 1/2 and Bessel's deviation of 1, 0, 0, 1
        Assert.Equal([0, 0, -up, -up], credit.Advantages.Rows[0], Close);
        Assert.Equal([0, up, up, up], credit.Advantages.Rows[1], Close);
        Assert.Equal([1, 0.5], credit.Rewards);
    }

    [Fact]
    public void Compare_ASourceWithoutSteps_IsItsGroupComparison()
    {
        Rollout[] rows = [Row([3], []), Row([1], [])];

        Credit whole = new GroupComparison(Config with { Advantage = AdvantageKind.GroupStd }, Rewards(1)).Compare(Step(rows), new StepRecorder(TimeProvider.System));
        Credit steps = Compare(rows, weights: 1);

        Assert.All(rows.Select((_, row) => row), row => Assert.Equal(Enumerable.Repeat(whole.Advantages.Rows[row][0], 4), steps.Advantages.Rows[row], Close));
    }

    [Fact]
    public void Compare_SeveralSources_AddsThemByTheirWeights()
    {
        IReadOnlyList<StepScore>? none = null;
        Rollout[] rows = [Row([0, 4], [[new(1, 1)], none]), Row([0, 2], [[new(1, 0)], none])];

        double[] both = Compare(rows, 2, 0.5).Advantages.Rows[0];
        double[] first = Compare([.. rows.Select(row => row with { Scores = [0, 7] })], 2, 0.5).Advantages.Rows[0];

        Assert.Equal(0, first[2]); // equal scores of the second source teach nothing, and no step ends behind token 1
        Assert.Equal([first[0] + both[2], first[0] + both[2], both[2], both[2]], both, Close);
    }

    [Fact]
    public void Compare_ARowWithoutScore_IsLeftOut()
    {
        Credit credit = Compare([Row([double.NaN], [[new(3, double.NaN)]]), Row([1], [[new(3, 1)]])], weights: 1);

        Assert.All(credit.Advantages.Rows, row => Assert.All(row, advantage => Assert.Equal(0, advantage)));
        Assert.True(double.IsNaN(credit.Rewards[0]));
    }

    [Theory]
    [InlineData(1, 0, 0)] // one row has its right step first, the other last: the same sums, but something to learn
    [InlineData(1, 1, 1)]
    public void Compare_EqualRewards_AreFlatOnlyWithoutAnyAdvantage(double early, double late, double expected)
    {
        StepRecorder recorder = new(TimeProvider.System);

        new ProcessComparison(Config, Rewards(1)).Compare(Step([Row([1], [[new(0, early), new(3, late)]]), Row([1], [[new(0, late), new(3, early)]])]), recorder);

        Assert.Equal(expected, recorder.Metrics["reward/zero_std_fraction"]);
    }

    [Fact]
    public void RunStep_StepsThatCanBeLearned_AreLearned()
    {
        TinyRun run = new() { Steps = request => [.. request.Completion.Select((letter, end) => new StepScore(end, char.IsAsciiLetterLower(letter) ? 1 : 0))] };
        using GrpoTrainer trainer = (run with { Config = run.Config with { StepCount = 30, GroupSize = 8, Advantage = AdvantageKind.Process, Loss = new() { KlCoefficient = 0 } } }).Start();

        double[] rewards = [.. Enumerable.Range(0, 30).Select(_ => trainer.RunStep(TestContext.Current.CancellationToken).Metrics["reward/mean"])];

        Assert.True(rewards[^5..].Average() > rewards[..5].Average() + 1, $"the reward went from {rewards[..5].Average()} to {rewards[^5..].Average()}");
    }

    private static Credit Compare(Rollout[] rows, params double[] weights) => new ProcessComparison(Config, Rewards(weights)).Compare(Step(rows), new StepRecorder(TimeProvider.System));

    private static StepRewards Rewards(params double[] weights) => new(Config, [.. weights.Select((weight, i) => new RewardSource($"source_{i}", weight, new FunctionReward(_ => 0)))]);

    private static MeasuredStep Step(Rollout[] rows) => new() { Step = 1, Rollouts = rows, LogProbs = new(null, null), Counts = [.. rows.Select(_ => true)], KlCoefficient = 0 };

    private static Rollout Row(double[] scores, IReadOnlyList<StepScore>?[] steps) => new(
        new EncodedPrompt(new Prompt(0, "a", null, null), [1]),
        new Completion { PromptIndex = 0, SampleIndex = 0, TokenIds = [3, 4, 5, 2], LogProbs = [0, 0, 0, 0], Text = "abc", FinishReason = FinishReason.Stop, MeanKeptMass = 1 },
        scores)
    { Steps = steps };

    private static bool Close(double expected, double got) => Math.Abs(expected - got) <= Rounding;
}
