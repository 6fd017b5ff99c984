using AlignService.Training.Tests.Fakes;
using AlignService.Training.Tests.Trainers;
using AlignService.Training.Trainers;
using Xunit;

namespace AlignService.Training.Tests.Critics;

/// <summary>PPO in the trainer that GRPO runs in.</summary>
public sealed class CriticTrainingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void RunStep_RewardThatCanBeLearned_IsLearnedAndExplained()
    {
        // One critic ends at 0.35 of the returns' variance, with a standard deviation of 0.13 over 30 seeds; one that says nothing explains 0. Four runs tell them apart.
        double[] explained = [.. Enumerable.Range(1, 4).Select(seed => Explained((ulong)seed))];

        Assert.True(explained.Average() > 0.05, $"the critics explain {string.Join(", ", explained)} of the returns' variance");

        static double Explained(ulong seed)
        {
            TinyRun run = new TinyRun().WithCritic(new() { LearningRate = 0.01 });
            using GrpoTrainer trainer = (run with { Config = run.Config with { StepCount = 30, PromptsPerStep = 24, Seed = seed } }).Start();
            IReadOnlyDictionary<string, double>[] steps = [.. Enumerable.Range(0, 30).Select(_ => trainer.RunStep(Token).Metrics)];

            // Over 30 seeds it rises by 2.9, with a standard deviation of 0.22.
            double[] rewards = [.. steps.Select(step => step["reward/mean"])];
            Assert.True(rewards[^5..].Average() > rewards[..5].Average() + 1, $"the reward went from {rewards[..5].Average()} to {rewards[^5..].Average()}");
            return steps[^5..].Average(step => step["critic/explained_variance_monte_carlo"]);
        }
    }

    [Fact]
    public void RunStep_NewHead_SaysNothingAtFirst()
    {
        using GrpoTrainer trainer = new TinyRun().WithCritic(new()).Start();

        IReadOnlyDictionary<string, double> metrics = trainer.RunStep(Token).Metrics;

        Assert.Equal(0, metrics["critic/explained_variance"], 1e-12);
        Assert.Equal(0, metrics["critic/explained_variance_monte_carlo"], 1e-12);
        Assert.Equal(0, metrics["policy/kl"], 1e-6);
        Assert.All(["critic/loss", "critic/grad_norm", "policy/loss", "policy/clip_fraction", "time/values"], name => Assert.Contains(name, metrics.Keys));
        Assert.DoesNotContain("reward/zero_std_fraction", metrics.Keys);
    }

    [Fact]
    public void RunStep_InTheWarmup_MovesTheCriticAlone()
    {
        using GrpoTrainer trainer = new TinyRun().WithCritic(new() { LearningRate = 0.01, WarmupSteps = 1 }).Start();
        byte[] policy = Policy(trainer), both = GrpoTrainerTests.Bytes(trainer);

        IReadOnlyDictionary<string, double> metrics = trainer.RunStep(Token).Metrics;
        Assert.Equal(policy, Policy(trainer));
        Assert.NotEqual(both, GrpoTrainerTests.Bytes(trainer));
        Assert.DoesNotContain("policy/loss", metrics.Keys);

        trainer.RunStep(Token);
        Assert.NotEqual(policy, Policy(trainer));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.01)]
    public void RunStep_NoScoreAtAll_MovesNothing(double? criticLearningRate)
    {
        TinyRun run = new TinyRun() with { Rewards = [("silent", 1, _ => double.NaN)] };
        using GrpoTrainer trainer = run.WithCritic(new() { LearningRate = criticLearningRate }).Start();
        byte[] before = GrpoTrainerTests.Bytes(trainer);

        StepReport report = trainer.RunStep(Token);

        Assert.Equal(before, GrpoTrainerTests.Bytes(trainer));
        Assert.All(report.Rollouts, row => Assert.Equal(double.NaN, row.Reward));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0.01)]
    public void RunStep_AdapterAsThePolicy_TrainsItAndTheCriticAgainstTheBase(double? criticLearningRate)
    {
        TinyRun run = new TinyRun().WithCritic(new() { LearningRate = criticLearningRate });
        run = run with { Config = run.Config with { Adapter = new() { Form = new() { Rank = 4 } } } };
        using GrpoTrainer trainer = run.Start(), separate = (run with { SeparateReference = true }).Start();
        byte[] wholeModel = Policy(trainer), adapter = Adapter(trainer), critic = Critic(trainer);
        StepReport[] reports = [.. Enumerable.Range(0, 4).Select(_ => trainer.RunStep(Token))], expected = [.. Enumerable.Range(0, 4).Select(_ => separate.RunStep(Token))];

        // The adapter and the critic move, the model under the adapter does not.
        Assert.Equal(wholeModel, Policy(trainer));
        Assert.NotEqual(adapter, Adapter(trainer));
        Assert.NotEqual(critic, Critic(trainer));

        // The KL in the reward is that to the base with the adapter off, bit for bit that to a second copy of the base.
        Assert.Equal(0, reports[0].Metrics["policy/kl"], 1e-6);
        Assert.NotEqual(0, reports[^1].Metrics["policy/kl"], 1e-4);
        Assert.Equal(expected.Select(report => report.Metrics["policy/kl"]), reports.Select(report => report.Metrics["policy/kl"]));
        Assert.Equal(GrpoTrainerTests.Bytes(separate), GrpoTrainerTests.Bytes(trainer));
    }

    private static byte[] Adapter(GrpoTrainer trainer) => [.. trainer.Policy.Adapter!.NamedParameters().SelectMany(entry => entry.Parameter.bytes.ToArray())];

    private static byte[] Critic(GrpoTrainer trainer) => [.. trainer.Models.Critic!.NamedParameters().SelectMany(entry => entry.Parameter.bytes.ToArray())];

    private static byte[] Policy(GrpoTrainer trainer) => [.. trainer.Policy.NamedParameters().SelectMany(entry => entry.Parameter.bytes.ToArray())];
}
