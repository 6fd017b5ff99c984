using AlignService.Specs.Guardian;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Trainers;
using Xunit;

namespace AlignService.Training.Tests.Trainers;

public sealed class GrpoTrainerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void RunStep_RewardThatCanBeLearned_IsLearned()
    {
        TinyRun run = new();
        using GrpoTrainer trainer = (run with { Config = run.Config with { StepCount = 40, GroupSize = 8, Loss = new() { KlCoefficient = 0 } } }).Start();

        double[] rewards = [.. Enumerable.Range(0, 40).Select(_ => trainer.RunStep(Token).Metrics["reward/mean"])];

        // Over 30 seeds it rises by 3.3, with a standard deviation of 0.14.
        Assert.True(rewards[^5..].Average() > rewards[..5].Average() + 1, $"the reward went from {rewards[..5].Average()} to {rewards[^5..].Average()}");
    }

    [Fact]
    public void RunStep_ShuffledRewards_TeachNothing()
    {
        // The policy drifts without a direction: the reward of one such run rises by 0.05, with a standard deviation of 0.5 over 40 seeds. True rewards raise it by 3.2.
        double drift = Enumerable.Range(1, 4).Average(seed => ShuffledRise((ulong)seed));

        Assert.InRange(drift, -1.5, 1.5);

        static double ShuffledRise(ulong seed)
        {
            TinyRun run = new();
            using GrpoTrainer trainer = (run with { Config = run.Config with { StepCount = 20, GroupSize = 8, ShuffleRewards = true, Loss = new() { KlCoefficient = 0 }, Seed = seed } }).Start();
            double[] rewards = [.. Enumerable.Range(0, 20).Select(_ => trainer.RunStep(Token).Metrics["reward/mean"])];
            return rewards[^5..].Average() - rewards[..5].Average();
        }
    }

    [Fact]
    public void RunStep_DefaultProfile_ReportsItsMetrics()
    {
        using GrpoTrainer trainer = new TinyRun().Start();

        StepReport report = trainer.RunStep(Token);

        string[] expected =
        [
            "completions/max_length", "completions/mean_length", "completions/min_length", "completions/truncated_fraction", "memory/peak_bytes", "policy/clip_fraction",
            "policy/clip_high_fraction", "policy/clip_low_fraction", "policy/entropy", "policy/grad_norm", "policy/kl", "policy/learning_rate", "policy/loss", "policy/ratio_mean",
            "reward/lower_case/latency_p95", "reward/lower_case/mean", "reward/lower_case/missing_fraction", "reward/lower_case/std", "reward/mean", "reward/std", "reward/zero_std_fraction",
            "sampler/logprob_difference_max", "sampler/logprob_difference_mean", "time/reference_logprobs", "time/reward", "time/rollout", "time/step", "time/update",
            "tokens/generated", "tokens/generated_per_second", "tokens/trained", "tokens/trained_per_second",
        ];
        Assert.Equal(expected, report.Metrics.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(1, report.Step);
        Assert.Equal(12, report.Rollouts.Count);
        Assert.Equal(0, report.Metrics["policy/kl"], 1e-6); // the policy is the reference still
        Assert.Equal(1, report.Metrics["policy/ratio_mean"]);
        Assert.True(report.Metrics["sampler/logprob_difference_max"] < 1e-4, "sampler and trainer disagree");
        Assert.Equal(report.Rollouts.Sum(row => row.Rollout.Completion.TokenIds.Count), report.Metrics["tokens/generated"]);
    }

    [Fact]
    public void RunStep_SeveralUpdates_LeaveTheOldPolicyBehind()
    {
        TinyRun run = new();
        using GrpoTrainer trainer = (run with { Config = run.Config with { EpochCount = 2, MinibatchCount = 3 } }).Start();

        StepReport report = trainer.RunStep(Token);

        Assert.Contains("time/old_logprobs", report.Metrics.Keys);
        Assert.NotEqual(1, report.Metrics["policy/ratio_mean"]);
        Assert.Equal(6, trainer.Optimizer.StepCount);
    }

    [Fact]
    public void RunStep_SmallKlStop_EndsAfterTheFirstEpoch()
    {
        TinyRun run = new();
        using GrpoTrainer trainer = (run with { Config = run.Config with { EpochCount = 5, MinibatchCount = 2, KlStop = 1e-9 } }).Start();

        trainer.RunStep(Token);

        Assert.Equal(2, trainer.Optimizer.StepCount);
    }

    [Fact]
    public void RunStep_AnyMicroBatchSize_GivesTheSameLossAndGradientNorm()
    {
        TinyRun run = new();
        IReadOnlyDictionary<string, double> Metrics(int? size)
        {
            using GrpoTrainer trainer = (run with { Config = run.Config with { MicroBatchSize = size } }).Start();
            return trainer.RunStep(Token).Metrics;
        }

        IReadOnlyDictionary<string, double> whole = Metrics(null), single = Metrics(1);

        Assert.True(whole["policy/grad_norm"] > 0.01);
        Assert.Equal(whole["policy/loss"], single["policy/loss"], 1e-6);
        Assert.Equal(whole["policy/grad_norm"], single["policy/grad_norm"], 1e-5 * whole["policy/grad_norm"]);
        Assert.Equal(whole["policy/entropy"], single["policy/entropy"], 1e-5);
    }

    [Fact]
    public void RunStep_NoKl_NeedsNoReference()
    {
        TinyRun run = new();
        GrpoConfig config = run.Config with { Loss = new() { KlCoefficient = 0 } };
        using GrpoTrainer silent = (run with { Config = config }).Start();
        using GrpoTrainer reporting = (run with { Config = config with { ReportKl = true } }).Start();

        Assert.DoesNotContain("policy/kl", silent.RunStep(Token).Metrics.Keys);
        Assert.Contains("policy/kl", reporting.RunStep(Token).Metrics.Keys);
        Assert.Null(silent.Models.Reference);
        Assert.Equal(Bytes(silent), Bytes(reporting));
    }

    [Fact]
    public void RunStep_KlInTheReward_MovesTheAdvantagesAndReportsK1()
    {
        TinyRun run = new();
        GrpoConfig config = GrpoProfiles.Create(GrpoProfile.Rloo) with
        {
            StepCount = 8,
            PromptsPerStep = 3,
            Sampling = run.Config.Sampling,
            Optimizer = run.Config.Optimizer,
        };
        using GrpoTrainer trainer = (run with { Config = config }).Start();

        Assert.Equal(0, trainer.RunStep(Token).Metrics["policy/kl"], 1e-5);
        StepReport second = trainer.RunStep(Token);

        Assert.NotEqual(0, second.Metrics["policy/kl"]);
        Assert.Equal(0, second.Rollouts.Chunk(4).Max(group => Math.Abs(group.Sum(row => row.Advantage))), 1e-9); // leave-one-out advantages of a group add up to 0
    }

    [Fact]
    public void RunStep_AdaptiveKl_LowersTheCoefficientBelowTheTarget()
    {
        TinyRun run = new();
        using GrpoTrainer trainer = (run with { Config = run.Config with { AdaptiveKl = new() { Target = 6, Horizon = 100 } } }).Start();

        trainer.RunStep(Token);

        Assert.Equal(0.04 * (1 - 0.2 * 12 / 100), trainer.KlCoefficient, 1e-9);
    }

    [Fact]
    public void RunStep_ReferenceSyncWithAlphaOne_MakesThePolicyTheReference()
    {
        TinyRun run = new();
        using GrpoTrainer trainer = (run with { Config = run.Config with { ReferenceSyncSteps = 2, ReferenceSyncAlpha = 1 } }).Start();

        trainer.RunStep(Token);
        double before = trainer.RunStep(Token).Metrics["policy/kl"];
        double after = trainer.RunStep(Token).Metrics["policy/kl"];

        Assert.True(before > 1e-6 && after < before / 100, $"policy/kl was {before} before the refresh, {after} after it");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RunStep_ReferenceSyncInAStepWithoutUpdate_IsDoneAllTheSame(bool dynamicSampling)
    {
        // The second step has nothing to learn from: dynamic sampling keeps no group of it, and without that the guardian leaves its update out.
        int scored = 0;
        TinyRun run = new();
        run = run with
        {
            Config = run.Config with
            {
                ReferenceSyncSteps = 2,
                ReferenceSyncAlpha = 1,
                DynamicSampling = dynamicSampling,
                MaxSamplingRounds = 1,
                Guardian = new() { NoLearningSignal = new() { Threshold = 1, Action = GuardianAction.SkipStep } },
            },
            Rewards = [("letters", 1, request => scored++ / 12 == 1 ? 0 : TinyRun.LowerCaseLetters(request))],
        };
        using GrpoTrainer trainer = run.Start();

        trainer.RunStep(Token);
        Assert.DoesNotContain("policy/loss", trainer.RunStep(Token).Metrics.Keys);

        Assert.Equal(0, trainer.RunStep(Token).Metrics["policy/kl"], 1e-6);
    }

    [Fact]
    public void RunStep_AdaptiveKlWhileOnlyTheCriticLearns_LeavesTheCoefficient()
    {
        TinyRun run = new TinyRun().WithCritic(new() { LearningRate = 0.01, WarmupSteps = 1 });
        using GrpoTrainer trainer = (run with { Config = run.Config with { AdaptiveKl = new() { Target = 6, Horizon = 100 } } }).Start();

        trainer.RunStep(Token);
        Assert.Equal(run.Config.Loss.KlCoefficient, trainer.KlCoefficient);

        trainer.RunStep(Token);
        Assert.Equal(run.Config.Loss.KlCoefficient * (1 - 0.2 * 12 / 100), trainer.KlCoefficient, 1e-9);
    }

    [Fact]
    public void RunStep_MaskTruncated_TrainsFewerTokens()
    {
        TinyRun run = new();
        using GrpoTrainer trainer = (run with { Config = run.Config with { MaskTruncated = true } }).Start();

        StepReport report = trainer.RunStep(Token);

        Assert.Equal(report.Rollouts.Where(row => !row.Rollout.IsTruncated).Sum(row => row.Rollout.Completion.TokenIds.Count), report.Metrics["tokens/trained"]);
        Assert.True(report.Metrics["completions/truncated_fraction"] > 0);
    }

    [Fact]
    public void RunStep_SoftOverlong_IsPartOfTheReward()
    {
        TinyRun run = new();
        using GrpoTrainer trainer = (run with { Config = run.Config with { SoftOverlongCache = 3 }, Rewards = [("zero", 1, _ => 0)] }).Start();

        StepReport report = trainer.RunStep(Token);

        Assert.All(report.Rollouts, row => Assert.Equal(Math.Min(0, (3 - row.Rollout.Completion.TokenIds.Count) / 3.0), row.Reward, 1e-12));
        Assert.Equal(report.Metrics["reward/soft_overlong/mean"], report.Metrics["reward/mean"], 1e-12);
    }

    [Fact]
    public void RunStep_SourceOfWeightZero_IsReportedAndTeachesNothing()
    {
        TinyRun run = new();
        using GrpoTrainer one = run.Start();
        using GrpoTrainer two = (run with { Rewards = [.. run.Rewards, ("length", 0, request => request.TokenCount)] }).Start();

        one.RunStep(Token);
        StepReport report = two.RunStep(Token);

        Assert.Equal(report.Metrics["completions/mean_length"], report.Metrics["reward/length/mean"], 1e-9);
        Assert.Equal(Bytes(one), Bytes(two));
    }

    [Fact]
    public void RunStep_MissingScores_ComeAsMessagesAndZeroAdvantages()
    {
        TinyRun run = new();
        int call = 0;
        using GrpoTrainer trainer = (run with { Rewards = [("flaky", 1, request => call++ % 3 == 0 ? double.NaN : TinyRun.LowerCaseLetters(request) + call)] }).Start();

        StepReport report = trainer.RunStep(Token);

        Assert.Contains("reward flaky gave no score to 4 of 12 completions: the test gives none", report.Messages);
        Assert.All(report.Rollouts.Where(row => double.IsNaN(row.Reward)), row => Assert.Equal(0, row.Advantage));
        Assert.Equal(1 / 3.0, report.Metrics["reward/flaky/missing_fraction"], 1e-12);
    }

    [Fact]
    public void RunStep_DynamicSampling_KeepsUsefulGroupsOnly()
    {
        TinyRun run = new();
        using GrpoTrainer trainer = (run with { Config = run.Config with { DynamicSampling = true, MaxSamplingRounds = 30 } }).Start();

        StepReport report = trainer.RunStep(Token);

        Assert.Equal(12, report.Rollouts.Count);
        Assert.Equal(0, report.Metrics["reward/zero_std_fraction"]);
        Assert.True(report.Metrics["sampler/rounds"] >= 1);
    }

    [Theory]
    [InlineData(AdvantageKind.Process)]
    [InlineData(AdvantageKind.NormalizeThenSum)]
    [InlineData(AdvantageKind.GroupStd)]
    public void RunStep_DynamicSampling_KeepsGroupsWithALearningSignal(AdvantageKind advantage)
    {
        // Every completion has the same reward in all: its segments differ, and so do its two sources, which weigh unlike.
        TinyRun run = new()
        {
            Rewards = [("up", 1, request => advantage == AdvantageKind.Process ? 1 : 2 * TinyRun.LowerCaseLetters(request)), ("down", 2, request => advantage == AdvantageKind.Process ? 0 : -TinyRun.LowerCaseLetters(request))],
            Segments = request => [.. request.TokenIds.Select((id, end) => new SegmentScore(end, id % 5))],
        };
        using GrpoTrainer trainer = (run with { Config = run.Config with { Advantage = advantage, DynamicSampling = true, MaxSamplingRounds = 4 } }).Start();

        StepReport report = trainer.RunStep(Token);

        Assert.Equal(advantage == AdvantageKind.GroupStd ? 0 : 12, report.Rollouts.Count);
        Assert.All(report.Rollouts, row => Assert.Equal(1, row.SampledStep));

        // What is dropped is reported too, with its reward, and nothing was learned from it.
        Assert.Equal(4 * report.Metrics["sampler/dropped_groups"], report.Dropped.Count);
        Assert.InRange(report.Dropped.Count, advantage == AdvantageKind.GroupStd ? 48 : 0, 48);
        Assert.All(report.Dropped, row => Assert.Equal((1, true, false), (row.SampledStep, double.IsNaN(row.Advantage), double.IsNaN(row.Reward))));
        Assert.All(report.Rollouts.Chunk(4), group => Assert.Contains(group, row => row.Advantage != 0));
    }

    [Fact]
    public void RunStep_DynamicSamplingWithoutAnyUsefulGroup_LeavesThePolicy()
    {
        TinyRun run = new();
        using GrpoTrainer trainer = (run with { Config = run.Config with { DynamicSampling = true, MaxSamplingRounds = 2 }, Rewards = [("zero", 1, _ => 0)] }).Start();
        using GrpoTrainer untouched = run.Start();

        StepReport report = trainer.RunStep(Token);

        Assert.Empty(report.Rollouts);
        Assert.Equal(6, report.Metrics["sampler/dropped_groups"]);
        Assert.Contains("no group of step 1 has differing rewards after 2 sampling rounds; the policy is not updated", report.Messages);
        Assert.Equal(Bytes(untouched), Bytes(trainer));
    }

    /// <summary>Of what is trained of the policy, and the critic's.</summary>
    internal static byte[] Bytes(GrpoTrainer trainer) =>
        [.. trainer.Policy.TrainedParameters().SelectMany(entry => entry.Parameter.bytes.ToArray()), .. (trainer.Models.Critic?.State ?? []).SelectMany(entry => entry.Value.bytes.ToArray())];
}
