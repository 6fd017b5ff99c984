using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Examples;
using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Metrics;
using AlignService.Training.Optimization;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Updates;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Updates;

public sealed class MinibatchUpdatesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Run_BrokenGradients_AreSkippedTwiceAndEndTheRunAtTheThird()
    {
        GrpoConfig config = new() { Loss = new() { KlCoefficient = 0 } };
        using Transformer policy = HuggingFaceCheckpoint.LoadTransformer(TinyRun.Model, new LoadOptions());
        using AdamW optimizer = new(policy.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)), config.Optimizer);
        MinibatchUpdates updates = new(UpdateSettings.Of(config), new PolicyUpdate(new PolicyGradientAccumulator(policy, new MicroBatchPlan(null, 1000), 1), optimizer), optimizer);
        byte[] before = Bytes(policy);

        StepRecorder first = new(TimeProvider.System);
        updates.Run(Batch(double.NaN), 1, 0, first, Token);
        updates.Run(Batch(double.PositiveInfinity), 2, 0, new(TimeProvider.System), Token);

        Assert.Contains("step 1: the gradient is not finite", Assert.Single(first.Messages));
        Assert.Equal((2, 0), (updates.SkippedInARow, optimizer.StepCount));
        Assert.Equal(before, Bytes(policy));
        Assert.DoesNotContain("policy/loss", first.Finish().Keys);

        var fault = Assert.Throws<NonFiniteGradientException>(() => updates.Run(Batch(double.NaN), 3, 0, new(TimeProvider.System), Token));
        Assert.Contains("3 updates in a row, the last in step 3", fault.Message);
        Assert.Equal("non_finite_gradient", fault.Reason);
    }

    [Fact]
    public void Run_AGoodGradient_ForgetsTheSkippedOnes()
    {
        GrpoConfig config = new() { Loss = new() { KlCoefficient = 0 } };
        using Transformer policy = HuggingFaceCheckpoint.LoadTransformer(TinyRun.Model, new LoadOptions());
        using AdamW optimizer = new(policy.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)), config.Optimizer);
        MinibatchUpdates updates = new(UpdateSettings.Of(config), new PolicyUpdate(new PolicyGradientAccumulator(policy, new MicroBatchPlan(null, 1000), 1), optimizer), optimizer);

        updates.Run(Batch(double.NaN), 1, 0, new(TimeProvider.System), Token);
        updates.Run(Batch(1), 2, 0, new(TimeProvider.System), Token);

        Assert.Equal((0, 1), (updates.SkippedInARow, optimizer.StepCount));
    }

    private static TrainingBatch Batch(double advantage) => new()
    {
        Rows = [new TokenSequence([1, 5], [7, 9, 2]), new TokenSequence([1, 6], [8])],
        Advantages = RolloutAdvantages.OfRows([advantage, -1]),
        Mask = [true, true],
    };

    private static byte[] Bytes(Transformer model) => [.. model.NamedParameters().SelectMany(entry => entry.Parameter.bytes.ToArray())];
}
