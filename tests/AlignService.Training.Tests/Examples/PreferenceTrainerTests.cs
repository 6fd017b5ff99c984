using AlignService.Model.Architecture;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Examples;
using Xunit;

namespace AlignService.Training.Tests.Examples;

public sealed class PreferenceTrainerTests
{
    /// <summary>AdamW turns rounding of a tiny gradient into a visible part of one step's rate.</summary>
    private const double SplitTolerance = 1e-4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Train_OnAPlainPreference_RaisesTheChosenOverTheRejectedOfUnseenPairs()
    {
        using Transformer model = TinyPolicy.Create();
        using ExampleTrainer trainer = Create(model, Config(epochCount: 30));
        IReadOnlyDictionary<string, double> before = trainer.Evaluate(Token)!.Metrics;
        List<ExampleStepReport> reports = [];
        trainer.Train(reports.Add, Token);
        IReadOnlyDictionary<string, double> after = trainer.Evaluate(Token)!.Metrics;

        // The policy is the reference: no reward, and a coin's loss.
        Assert.Equal(Math.Log(2), before["eval/loss/mean"], 5);
        Assert.Equal(0, before["eval/margin/mean"], 4);
        Assert.Equal(1, after["eval/accuracy/mean"]);
        Assert.True(after["eval/loss/mean"] < 0.4, $"loss {after["eval/loss/mean"]}");
        Assert.Equal(after["eval/chosen_reward/mean"] - after["eval/rejected_reward/mean"], after["eval/margin/mean"], 4);
        Assert.Equal(Math.Log(2), reports[0].Metrics["policy/loss"], 5);
    }

    [Fact]
    public void Train_WithAnotherReference_MeasuresAgainstIt()
    {
        using Transformer model = TinyPolicy.Create(), reference = TinyPolicy.Create(seed: 2);
        using ExampleTrainer trainer = Create(model, Config(1), reference);

        Assert.NotEqual(0, trainer.Evaluate(Token)!.Metrics["eval/margin/mean"], 3);
    }

    [Fact]
    public void Train_WithAnotherMicroBatch_GivesTheSameWeights()
    {
        float[] whole = Trained(Config(epochCount: 2));
        float[] split = Trained(Config(epochCount: 2) with { MicroBatchSize = 2 });
        Assert.All(whole.Zip(split), pair => Assert.True(Math.Abs(pair.First - pair.Second) < SplitTolerance, $"{pair.First} against {pair.Second}"));
    }

    private static float[] Trained(ExampleTrainingConfig config)
    {
        using Transformer model = TinyPolicy.Create();
        using ExampleTrainer trainer = Create(model, config);
        trainer.Train(_ => { }, Token);
        return TinyPolicy.Weights(model);
    }

    private static ExampleTrainer Create(Transformer model, ExampleTrainingConfig config, Transformer? reference = null)
    {
        PreferenceObjective Over(string name, PreferencePair[] pairs) =>
            new(model, pairs, ReferenceLogProbs.Compute(name, reference ?? model, pairs, config.MicroBatchSize, Token), new PreferenceConfig());
        return new(new TrainedPolicy(model), Over(ReferenceLogProbs.Training, PreferencePairs.Of(0)), Over(ReferenceLogProbs.HeldOut, PreferencePairs.Of(5)), config, TimeProvider.System);
    }

    private static ExampleTrainingConfig Config(int epochCount) => new()
    {
        EpochCount = epochCount,
        BatchSize = 5,
        MicroBatchSize = 5,
        Optimizer = new OptimizerConfig { LearningRate = 3e-3 },
        Seed = 7,
    };
}
