using AlignService.Specs.Guardian;
using AlignService.Specs.Rewards;
using AlignService.Training.Guardian;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Guardian;

/// <summary>Each rule at its default, fed with made-up steps.</summary>
public sealed class StepGuardianTests
{
    private static readonly GuardianConfig Off = new()
    {
        NonFinite = new() { Patience = 3, Action = GuardianAction.Off },
        KlBlowUp = Rule(GuardianAction.Off),
        EntropyCollapse = Rule(GuardianAction.Off),
        LengthExplosion = Rule(GuardianAction.Off),
        NoLearningSignal = Rule(GuardianAction.Off),
        ConstantReward = Rule(GuardianAction.Off),
        MissingScores = Rule(GuardianAction.Off),
        SamplerMismatch = Rule(GuardianAction.Off),
    };

    /// <summary>Rule, metric, values of the steps, the step with the finding (from 1; 0 for none), and words of it.</summary>
    public static TheoryData<string, string, double[], int, string> Courses => new()
    {
        { "kl_blow_up", "policy/kl", [0.1, 1.5, 0.9, 1.1, 1.2, 1.3, 5], 6, "policy/kl is 1.3 nats per token, above 1 3 steps in a row" },
        { "kl_blow_up", "policy/kl", [1, 1, 1, 1, 1], 0, "" },
        { "entropy_collapse", "policy/entropy", [2, 0.5, 0.09, 0.09, 0.09, 0.09, 0.08], 7, "policy/entropy is 0.08 nats, below 0.1 (0.05 of the first step's) 5 steps in a row" },
        { "entropy_collapse", "policy/entropy", [2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 0, "" },
        { "length_explosion", "completions/mean_length", [10, 29, 31, 40, 50], 5, "completions/mean_length is 50 tokens, above 30 (3 times the first step's)" },
        { "no_learning_signal", "reward/zero_std_fraction", [1, 1, 0.99, 1, 1, 1], 6, "in 100% of the groups all rewards were equal" },
        { "constant_reward", "reward/judge/std", [0, 0, 0, 0, 0.1, 0, 0, 0, 0, 0], 10, "the scores of judge have a standard deviation of 0, at or below 0 5 steps in a row" },
        { "sampler_mismatch", "sampler/logprob_difference_mean", [0.01, 0.06], 2, "sampler/logprob_difference_mean is 0.06 nats, above 0.05 in this step" },
    };

    [Theory]
    [InlineData(100, new[] { 1.0, 1, 0.99, 1, 1, 1 }, 6)]
    [InlineData(2, new[] { 1.0, 1 }, 2)]
    [InlineData(1, new[] { 1.0 }, 1)]
    [InlineData(100, new[] { 0.5, 0.99, 0.5 }, 0)]
    public void ASourceWithoutScores_FailsTheRun(int stepCount, double[] missing, int step)
    {
        StepGuardian guardian = Guard(new GuardianConfig(), stepCount: stepCount);

        (int Step, GuardianFinding Finding)[] found = [.. missing.SelectMany((value, i) => guardian.AfterUpdate(Step("reward/judge/missing_fraction", value)).Select(finding => (i + 1, finding)))];

        Assert.Equal(step, found.Select(one => one.Step).FirstOrDefault());
        Assert.All(found, one => Assert.Equal(("missing_scores", "judge", GuardianAction.Fail), (one.Finding.Rule, one.Finding.Subject, one.Finding.Action)));
    }

    [Fact]
    public void ASourceThatIsOnlyReported_MayScoreNothing() =>
        Assert.Empty(Enumerable.Range(0, 5).SelectMany(_ => Guard(new GuardianConfig()).AfterUpdate(Step("reward/shown/missing_fraction", 1))));

    [Fact]
    public void AStepWithoutAnyScore_IsNotCalledFlat() =>
        Assert.Empty(Guard(Off with { NoLearningSignal = new() { Threshold = 1, Patience = 1 } }).AfterUpdate(
            new(new Dictionary<string, double> { ["completions/mean_length"] = 5, ["reward/zero_std_fraction"] = 1 }, 0)));

    /// <summary>A checkpoint of such a step is not what a rollback should go to.</summary>
    [Theory]
    [InlineData(GuardianAction.RollBack, true)]
    [InlineData(GuardianAction.Pause, false)]
    public void IsSuspicious_InTheStreakOfARuleThatRollsBack(GuardianAction action, bool expected)
    {
        StepGuardian guardian = Guard(Off with { KlBlowUp = new() { Threshold = 1, Patience = 3, Action = action } });
        Assert.Equal([false, expected, expected, false], new[] { 0.5, 2, 2, 0.5 }.Select(kl =>
        {
            Assert.Empty(guardian.AfterUpdate(Step("policy/kl", kl)));
            return guardian.IsSuspicious;
        }));
    }

    [Theory]
    [MemberData(nameof(Courses))]
    public void Default_Course_IsWarnedOfOnceAtTheRightStep(string rule, string metric, double[] values, int step, string words)
    {
        StepGuardian guardian = Guard(new GuardianConfig());

        List<(int Step, GuardianFinding Finding)> found = [];
        for (int i = 0; i < values.Length; i++)
        {
            Assert.Empty(guardian.BeforeUpdate(Step(metric, values[i])));
            found.AddRange(guardian.AfterUpdate(Step(metric, values[i])).Select(finding => (i + 1, finding)));
        }

        if (step == 0)
        {
            Assert.Empty(found);
            return;
        }

        (int at, GuardianFinding only) = Assert.Single(found);
        Assert.Equal((step, rule, values[step - 1], GuardianAction.Warn), (at, only.Rule, only.Value, only.Action));
        Assert.Contains(words, only.Seen, StringComparison.Ordinal);
        Assert.NotEmpty(only.Meaning);
        Assert.NotEmpty(only.Remedy);
    }

    [Fact]
    public void Warn_ThatLasts_IsSaidOnceAndAgainAfterItWasWell()
    {
        StepGuardian guardian = Guard(Off with { KlBlowUp = Rule(GuardianAction.Warn) with { Threshold = 1, Patience = 2 } });
        Assert.Equal([3, 7], Steps(guardian.AfterUpdate, "policy/kl", 0, 2, 2, 2, 0, 2, 2, 2, 2));
    }

    [Fact]
    public void SkipStep_ThatLasts_SkipsEveryFurtherStepAndLooksOnlyBeforeTheUpdate()
    {
        StepGuardian guardian = Guard(Off with { NoLearningSignal = Rule(GuardianAction.SkipStep) with { Threshold = 1, Patience = 2 } });
        Assert.Empty(Steps(guardian.AfterUpdate, "reward/zero_std_fraction", 1, 1, 1));
        Assert.Equal([2, 3, 6], Steps(guardian.BeforeUpdate, "reward/zero_std_fraction", 1, 1, 1, 0, 1, 1));
    }

    [Theory]
    [InlineData(GuardianAction.RollBack)]
    [InlineData(GuardianAction.Pause)]
    [InlineData(GuardianAction.Fail)]
    public void GraveActions_ThatLast_ComeAgainAfterAsManySteps(GuardianAction action)
    {
        StepGuardian guardian = Guard(Off with { LengthExplosion = Rule(action) with { Threshold = 2, Patience = 2 } });
        Assert.Equal([3, 5], Steps(guardian.AfterUpdate, "completions/mean_length", 5, 11, 12, 13, 14, 15));
    }

    [Fact]
    public void State_Restored_GoesOnWhereItWas()
    {
        GuardianConfig config = Off with { LengthExplosion = Rule(GuardianAction.Warn) with { Threshold = 2, Patience = 3 } };
        StepGuardian before = Guard(config), after = Guard(config);
        Steps(before.AfterUpdate, "completions/mean_length", 5, 11, 11);

        after.Restore(before.State);

        Assert.Equal([1], Steps(after.AfterUpdate, "completions/mean_length", 11, 11));
    }

    [Fact]
    public void NoLearningSignal_StepWithoutGroups_CountsAndSingleCompletionsDoNot()
    {
        GuardianConfig config = Off with { NoLearningSignal = Rule(GuardianAction.Warn) with { Threshold = 1 } };
        Assert.Single(Guard(config).AfterUpdate(new(new Dictionary<string, double> { ["reward/zero_std_fraction"] = 0 }, 0)));
        Assert.Empty(Guard(config, groupSize: 1).AfterUpdate(Step("reward/zero_std_fraction", 1)));
    }

    [Fact]
    public void ConstantReward_LooksAtEachTeachingSourceByItself()
    {
        StepGuardian guardian = Guard(Off with { ConstantReward = Rule(GuardianAction.Warn) with { Threshold = 0, Patience = 2 } });
        StepObservation Scores(double judge, double format) => new(
            new Dictionary<string, double> { ["reward/judge/std"] = judge, ["reward/format/std"] = format, ["reward/format/mean"] = 1, ["reward/shown/std"] = 0 }, 0);

        Assert.Empty(guardian.AfterUpdate(Scores(0, 0)));
        GuardianFinding only = Assert.Single(guardian.AfterUpdate(Scores(1, 0)));

        Assert.Equal("format", only.Subject);
        Assert.Contains("(their mean is 1)", only.Seen, StringComparison.Ordinal);
    }

    [Fact]
    public void NonFinite_ItsPatienceCountsUpdates()
    {
        StepGuardian guardian = Guard(Off with { NonFinite = new() { Patience = 4, Action = GuardianAction.RollBack } });
        Assert.Empty(guardian.AfterUpdate(new(new Dictionary<string, double>(), 3)));
        Assert.Equal(4, Assert.Single(guardian.AfterUpdate(new(new Dictionary<string, double>(), 4))).Value);
    }

    private static GuardianRuleConfig Rule(GuardianAction action) => new() { Action = action };

    private static StepGuardian Guard(GuardianConfig config, int groupSize = 4, int stepCount = 100)
    {
        RewardSource[] sources =
        [
            new("judge", 1, new FunctionReward(_ => 0)),
            new("format", 0.5, new FunctionReward(_ => 0)),
            new("shown", 0, new FunctionReward(_ => 0)),
        ];
        return new(config, sources, groupSize, stepCount);
    }

    /// <summary>A step of which little else is known than one metric.</summary>
    private static StepObservation Step(string metric, double value) =>
        new(new Dictionary<string, double> { ["completions/mean_length"] = 5, ["reward/mean"] = 1, [metric] = value }, 0);

    private static List<int> Steps(Func<StepObservation, IReadOnlyList<GuardianFinding>> look, string metric, params double[] values) =>
        [.. values.Select((value, i) => (Step: i + 1, Count: look(Step(metric, value)).Count)).Where(item => item.Count > 0).Select(item => item.Step)];
}
