using AlignService.Model.Architecture;
using AlignService.Specs.Examples;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Examples;
using AlignService.Training.Optimization;
using TorchSharp;
using Xunit;

namespace AlignService.Training.Tests.Examples;

public sealed class SupervisedTrainerTests
{
    /// <summary>AdamW turns rounding of a tiny gradient into a visible part of one step's rate.</summary>
    private const double SplitTolerance = 1e-4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Train_OnAFixedMapping_LearnsIt()
    {
        using Transformer model = TinyPolicy.Create();
        using ExampleTrainer trainer = Create(model, Examples(), Config(epochCount: 60));
        ExampleEvaluation before = trainer.Evaluate(Token)!;
        var reports = new List<ExampleStepReport>();
        trainer.Train(reports.Add, Token);
        ExampleEvaluation after = trainer.Evaluate(Token)!;
        Assert.Equal(60 * 2, reports.Count);
        Assert.True(before.Metrics["eval/loss/mean"] > 2, $"loss before {before.Metrics["eval/loss/mean"]}");

        // Over 20 seeds it ends at 0.038 to 0.053.
        Assert.True(after.Metrics["eval/loss/mean"] < 0.1, $"loss after {after.Metrics["eval/loss/mean"]}");
        Assert.Equal(-after.Metrics["eval/loss/mean"], after.Score);
        Assert.True(reports[^1].Metrics["policy/entropy"] < reports[0].Metrics["policy/entropy"]);
        Assert.Equal(15, reports[0].Metrics["tokens/trained"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Train_WithAnotherMicroBatch_GivesTheSameWeights(int microBatchSize)
    {
        float[] whole = Trained(Config(epochCount: 2));
        float[] split = Trained(Config(epochCount: 2) with { MicroBatchSize = microBatchSize });
        Assert.All(whole.Zip(split), pair => Assert.True(Math.Abs(pair.First - pair.Second) < SplitTolerance, $"{pair.First} against {pair.Second}"));
    }

    [Fact]
    public void Train_Twice_GivesTheSameBits() => Assert.Equal(Trained(Config(epochCount: 3)), Trained(Config(epochCount: 3)));

    [Fact]
    public void Train_ActivationCheckpointing_IsSwitchedOnAndGivesTheSameBits()
    {
        ExampleTrainingConfig plain = Config(epochCount: 2) with { MicroBatchSize = 3 };
        ExampleTrainingConfig checkpointed = plain with { Memory = new() { ActivationCheckpointing = true } };
        using (Transformer model = TinyPolicy.Create())
        using (Create(model, [], checkpointed))
        {
            Assert.True(model.ActivationCheckpointing);
        }

        Assert.Equal(Trained(plain), Trained(checkpointed));
    }

    [Fact]
    public void Train_WithABrokenWeight_EndsAfterThreeSkippedUpdatesAndChangesNothing()
    {
        using Transformer model = TinyPolicy.Create();
        using (torch.no_grad())
        {
            model.HeadWeight[3, 3] = float.NaN;
        }

        using ExampleTrainer trainer = Create(model, [], Config(epochCount: 2));
        float[] before = TinyPolicy.Weights(model);
        var reports = new List<ExampleStepReport>();
        var error = Assert.Throws<NonFiniteGradientException>(() => trainer.Train(reports.Add, Token));
        Assert.Contains("the last in step 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("the update was skipped", Assert.Single(reports[1].Messages), StringComparison.Ordinal);
        Assert.Equal(before, TinyPolicy.Weights(model));
    }

    [Fact]
    public void Measure_OfAMaskedRow_CountsTheTrainedTokensAlone()
    {
        using Transformer model = TinyPolicy.Create();
        using var scope = torch.NewDisposeScope();
        TokenSequence first = new([2, 3], [4, 5]), second = new([2, 3, 4, 5, 6, 7], [8]);
        TokenSequence conversation = new([2, 3], [4, 5, 6, 7, 8]) { Trained = [true, true, false, false, true] };

        ExampleMeasures apart = new SupervisedObjective(model, [first, second]).Measure([0, 1], totalWeight: 3);
        ExampleMeasures together = new SupervisedObjective(model, [conversation]).Measure([0], totalWeight: 3);

        Assert.Equal(3, new SupervisedObjective(model, [conversation]).SizeOf(0).Weight);
        Assert.Equal(apart.Loss.ToDouble(), together.Loss.ToDouble(), 5);
    }

    private static ExampleTrainer Create(Transformer model, TokenSequence[] heldOut, ExampleTrainingConfig config) =>
        new(new TrainedPolicy(model), new SupervisedObjective(model, Examples()), new SupervisedObjective(model, heldOut), config, TimeProvider.System);

    private static float[] Trained(ExampleTrainingConfig config)
    {
        using Transformer model = TinyPolicy.Create();
        using ExampleTrainer trainer = Create(model, [], config);
        trainer.Train(_ => { }, Token);
        return TinyPolicy.Weights(model);
    }

    private static ExampleTrainingConfig Config(int epochCount) => new()
    {
        EpochCount = epochCount,
        BatchSize = 5,
        MicroBatchSize = 5,
        Optimizer = new OptimizerConfig { LearningRate = 3e-3 },
        Seed = 7,
    };

    /// <summary>Prompts of one to four tokens, whose completions follow from their first.</summary>
    private static TokenSequence[] Examples() =>
        [.. Enumerable.Range(0, 10).Select(i => new TokenSequence([i + 2, .. Enumerable.Repeat(1, i % 4)], [i + 12, i + 3, 0]))];
}
