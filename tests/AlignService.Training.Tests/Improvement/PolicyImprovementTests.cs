using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Examples;
using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Comparisons;
using AlignService.Training.Grpo;
using AlignService.Training.Improvement;
using AlignService.Training.Optimization;
using AlignService.Training.Policies;
using AlignService.Training.Tests.Fakes;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Improvement;

public sealed class PolicyImprovementTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Run_BrokenGradients_AreSkippedTwiceAndEndTheRunAtTheThird()
    {
        GrpoConfig config = new() { Loss = new() { KlCoefficient = 0 } };
        using Transformer policy = HuggingFaceCheckpoint.LoadTransformer(TinyRun.Model, new LoadOptions());
        using AdamW optimizer = new(policy.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)), config.Optimizer);
        PolicyImprovement improvement = new(config, new PolicyUpdate(new PolicyGradient(policy, new MicroBatchPlan(null, 1000), 1), optimizer), optimizer);
        byte[] before = Bytes(policy);

        StepRecorder first = new(TimeProvider.System);
        improvement.Run(Batch(double.NaN), 1, 0, first, Token);
        improvement.Run(Batch(double.PositiveInfinity), 2, 0, new(TimeProvider.System), Token);

        Assert.Contains("step 1: the gradient is not finite", Assert.Single(first.Messages));
        Assert.Equal((2, 0), (improvement.SkippedInARow, optimizer.StepCount));
        Assert.Equal(before, Bytes(policy));
        Assert.DoesNotContain("policy/loss", first.Finish().Keys);

        var fault = Assert.Throws<NonFiniteGradientException>(() => improvement.Run(Batch(double.NaN), 3, 0, new(TimeProvider.System), Token));
        Assert.Contains("3 updates in a row, the last in step 3", fault.Message);
        Assert.Equal("non_finite_gradient", fault.Reason);
    }

    [Fact]
    public void Run_AGoodGradient_ForgetsTheSkippedOnes()
    {
        GrpoConfig config = new() { Loss = new() { KlCoefficient = 0 } };
        using Transformer policy = HuggingFaceCheckpoint.LoadTransformer(TinyRun.Model, new LoadOptions());
        using AdamW optimizer = new(policy.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)), config.Optimizer);
        PolicyImprovement improvement = new(config, new PolicyUpdate(new PolicyGradient(policy, new MicroBatchPlan(null, 1000), 1), optimizer), optimizer);

        improvement.Run(Batch(double.NaN), 1, 0, new(TimeProvider.System), Token);
        improvement.Run(Batch(1), 2, 0, new(TimeProvider.System), Token);

        Assert.Equal((0, 1), (improvement.SkippedInARow, optimizer.StepCount));
    }

    private static TrainingBatch Batch(double advantage) => new()
    {
        Rows = [new TokenSequence([1, 5], [7, 9, 2]), new TokenSequence([1, 6], [8])],
        Advantages = StepAdvantages.OfRows([advantage, -1]),
        Counts = [true, true],
    };

    private static byte[] Bytes(Transformer model) => [.. model.NamedParameters().SelectMany(entry => entry.Parameter.bytes.ToArray())];
}
