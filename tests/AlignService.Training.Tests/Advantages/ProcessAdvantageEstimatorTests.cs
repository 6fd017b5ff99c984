using AlignService.Model.Sampling;
using AlignService.Specs.Data;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Training.Advantages;
using AlignService.Training.Metrics;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Trainers;
using Xunit;

namespace AlignService.Training.Tests.Advantages;

public sealed class ProcessAdvantageEstimatorTests
{
    private const double Rounding = 1e-12; // sums of a few doubles near 1

    private static readonly GrpoConfig Config = new() { GroupSize = 2, Advantage = AdvantageKind.Process };

    [Fact]
    public void Estimate_Segments_GivesEachTokenThoseThatEndAtOrAfterIt()
    {
        Rollout[] rows = [Row([1], [[new(1, 1), new(3, 0)]]), Row([0.5], [[new(0, 0), new(3, 1)]])];

        AdvantageResult result = Estimate(rows, weights: 1);

        double up = 0.5 / (Math.Sqrt(1 / 3.0) + Config.AdvantageEpsilon); // mean 1/2 and Bessel's deviation of 1, 0, 0, 1
        Assert.Equal([0, 0, -up, -up], result.Advantages.Rows[0], Close);
        Assert.Equal([0, up, up, up], result.Advantages.Rows[1], Close);
        Assert.Equal([1, 0.5], result.Rewards);
    }

    [Fact]
    public void Estimate_ASourceWithoutSegments_IsItsGroupAdvantage()
    {
        Rollout[] rows = [Row([3], []), Row([1], [])];

        AdvantageResult whole = AdvantageEstimators.Create(Config with { Advantage = AdvantageKind.GroupStd }, Rewards(1)).Estimate(Step(rows), new StepRecorder(TimeProvider.System));
        AdvantageResult steps = Estimate(rows, weights: 1);

        Assert.All(rows.Select((_, row) => row), row => Assert.Equal(Enumerable.Repeat(whole.Advantages.Rows[row][0], 4), steps.Advantages.Rows[row], Close));
    }

    [Fact]
    public void Estimate_SeveralSources_AddsThemByTheirWeights()
    {
        IReadOnlyList<SegmentScore>? none = null;
        Rollout[] rows = [Row([0, 4], [[new(1, 1)], none]), Row([0, 2], [[new(1, 0)], none])];

        double[] both = Estimate(rows, 2, 0.5).Advantages.Rows[0];
        double[] first = Estimate([.. rows.Select(row => row with { Scores = [0, 7] })], 2, 0.5).Advantages.Rows[0];

        Assert.Equal(0, first[2]); // equal scores of the second source teach nothing, and no step ends behind token 1
        Assert.Equal([first[0] + both[2], first[0] + both[2], both[2], both[2]], both, Close);
    }

    [Fact]
    public void Estimate_ARowWithoutScore_IsLeftOut()
    {
        AdvantageResult result = Estimate([Row([double.NaN], [[new(3, double.NaN)]]), Row([1], [[new(3, 1)]])], weights: 1);

        Assert.All(result.Advantages.Rows, row => Assert.All(row, advantage => Assert.Equal(0, advantage)));
        Assert.True(double.IsNaN(result.Rewards[0]));
    }

    [Theory]
    [InlineData(1, 0, 0)] // one row has its right step first, the other last: the same sums, but something to learn
    [InlineData(1, 1, 1)]
    public void Estimate_EqualRewards_AreFlatOnlyWithoutAnyAdvantage(double early, double late, double expected)
    {
        StepRecorder recorder = new(TimeProvider.System);

        new ProcessAdvantageEstimator(Rewards(1), Config.AdvantageEpsilon).Estimate(Step([Row([1], [[new(0, early), new(3, late)]]), Row([1], [[new(0, late), new(3, early)]])]), recorder);

        Assert.Equal(expected, recorder.Metrics["reward/zero_std_fraction"]);
    }

    [Fact]
    public void RunStep_StepsThatCanBeLearned_AreLearned()
    {
        TinyRun run = new() { Segments = request => [.. request.Completion.Select((letter, end) => new SegmentScore(end, char.IsAsciiLetterLower(letter) ? 1 : 0))] };
        using GrpoTrainer trainer = (run with { Config = run.Config with { StepCount = 30, GroupSize = 8, Advantage = AdvantageKind.Process, Loss = new() { KlCoefficient = 0 } } }).Start();

        double[] rewards = [.. Enumerable.Range(0, 30).Select(_ => trainer.RunStep(TestContext.Current.CancellationToken).Metrics["reward/mean"])];

        // Over 30 seeds it rises by 3.1, with a standard deviation of 0.16.
        Assert.True(rewards[^5..].Average() > rewards[..5].Average() + 1, $"the reward went from {rewards[..5].Average()} to {rewards[^5..].Average()}");
    }

    private static AdvantageResult Estimate(Rollout[] rows, params double[] weights) => new ProcessAdvantageEstimator(Rewards(weights), Config.AdvantageEpsilon).Estimate(Step(rows), new StepRecorder(TimeProvider.System));

    private static RolloutRewards Rewards(params double[] weights) => new(RolloutRewardSettings.Of(Config), [.. weights.Select((weight, i) => new RewardSource($"source_{i}", weight, new FunctionReward(_ => 0)))]);

    private static StepInputs Step(Rollout[] rows) => new() { Step = 1, Rollouts = rows, LogProbs = new(null, null), Mask = [.. rows.Select(_ => true)], KlCoefficient = 0 };

    private static Rollout Row(double[] scores, IReadOnlyList<SegmentScore>?[] steps) => new(
        new EncodedPrompt(new Prompt(0, "a", null, null), [1]),
        new Completion { PromptIndex = 0, SampleIndex = 0, TokenIds = [3, 4, 5, 2], LogProbs = [0, 0, 0, 0], Text = "abc", FinishReason = FinishReason.Stop, MeanKeptMass = 1 },
        scores)
    { Segments = steps };

    private static bool Close(double expected, double got) => Math.Abs(expected - got) <= Rounding;
}
