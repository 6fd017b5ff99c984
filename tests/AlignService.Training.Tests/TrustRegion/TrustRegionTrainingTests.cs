using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Tests.Trainers;
using AlignService.Training.Trainers;
using Xunit;

namespace AlignService.Training.Tests.TrustRegion;

/// <summary>The trust region in the trainer that GRPO runs in.</summary>
public sealed class TrustRegionTrainingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void RunStep_EachAcceptedStep_HoldsTheBoundAndRaisesTheSurrogate()
    {
        const int steps = 20;
        const double maxKl = 0.02;
        TinyRun run = Run(new() { MaxKl = maxKl }, steps);
        using GrpoTrainer trainer = run.Start();
        (double Mean, double StandardError) before = run.Worth(trainer, Token);

        IReadOnlyDictionary<string, double>[] metrics = [.. Enumerable.Range(0, steps).Select(_ => trainer.RunStep(Token).Metrics)];

        IReadOnlyDictionary<string, double>[] accepted = [.. metrics.Where(step => step["policy/trust_region_accepted"] == 1)];
        Assert.True(accepted.Length >= 0.8 * steps, $"{accepted.Length} of {steps} steps were accepted");
        Assert.All(accepted, step => Assert.InRange(step["policy/trust_region_kl"], 0, maxKl));
        Assert.All(accepted, step => Assert.True(step["policy/trust_region_gain"] > 0));
        double median = accepted.Select(step => step["policy/trust_region_kl"]).Order().ElementAt(accepted.Length / 2);

        // A step that had to be halved, as about half of them have, moves the policy by a quarter of the KL; half of that again is rounding's and curvature's.
        Assert.True(median > maxKl / 8, $"the median KL is {median}");

        (double Mean, double StandardError) after = run.Worth(trainer, Token);
        double error = double.Hypot(before.StandardError, after.StandardError);
        Assert.True(after.Mean - before.Mean > 3 * error, $"the reward went from {before.Mean} to {after.Mean}, with a standard error of {error}");
    }

    [Fact]
    public void RunStep_Adapter_MovesTheAdapterAlone_AndHoldsTheBound()
    {
        const double maxKl = 0.02;
        TinyRun run = Run(new() { MaxKl = maxKl }, steps: 6);
        using GrpoTrainer trainer = (run with { Config = run.Config with { Adapter = new() { Form = new() { Rank = 4 } } } }).Start();
        double[] Sums() => [.. trainer.Policy.NamedParameters().Select(entry => entry.Parameter.sum().item<float>()).Select(sum => (double)sum)];
        double[] before = Sums();

        IReadOnlyDictionary<string, double>[] metrics = [.. Enumerable.Range(0, 6).Select(_ => trainer.RunStep(Token).Metrics)];

        Assert.Equal(before, Sums());
        IReadOnlyDictionary<string, double>[] accepted = [.. metrics.Where(step => step["policy/trust_region_accepted"] == 1)];
        Assert.True(accepted.Length >= 4, $"{accepted.Length} of 6 steps were accepted");
        Assert.All(accepted, step => Assert.InRange(step["policy/trust_region_kl"], double.Epsilon, maxKl));
    }

    [Fact]
    public void RunStep_NoLengthHoldsTheBound_LeavesThePolicyAndSaysSo()
    {
        using GrpoTrainer trainer = Run(new() { MaxKl = 1e-30, MaxBacktracks = 1 }, 3).Start();
        byte[] before = GrpoTrainerTests.Bytes(trainer);

        StepReport report = trainer.RunStep(Token);

        Assert.Equal(before, GrpoTrainerTests.Bytes(trainer));
        Assert.Equal(0, report.Metrics["policy/trust_region_accepted"]);
        Assert.Contains("none of 2 step sizes kept the mean KL under 1E-30", Assert.Single(report.Messages));
    }

    [Fact]
    public void RunStep_NothingToCompare_LeavesThePolicyAndSaysSo()
    {
        using GrpoTrainer trainer = (Run(new(), 3) with { Rewards = [("same", 1, _ => 1)] }).Start();
        byte[] before = GrpoTrainerTests.Bytes(trainer);

        StepReport report = trainer.RunStep(Token);

        Assert.Equal(before, GrpoTrainerTests.Bytes(trainer));
        Assert.Contains("no completion was better than its group", Assert.Single(report.Messages));
    }

    private static TinyRun Run(TrustRegionConfig region, int steps)
    {
        TinyRun run = new();
        return run with
        {
            Config = run.Config with
            {
                StepCount = steps,
                GroupSize = 8,
                TrustRegion = region,
                Loss = new() { Objective = Objective.NaturalGradient, Aggregation = Aggregation.TokenMean, KlCoefficient = 0 },
            },
        };
    }
}
