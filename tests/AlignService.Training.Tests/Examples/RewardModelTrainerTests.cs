using AlignService.Model.Checkpoints;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Examples;
using Xunit;

namespace AlignService.Training.Tests.Examples;

public sealed class RewardModelTrainerTests
{
    /// <summary>AdamW turns rounding of a tiny gradient into a visible part of one step's rate.</summary>
    private const double SplitTolerance = 1e-4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Train_OnAPlainPreference_RanksUnseenPairs()
    {
        using RewardModelHead model = Create();
        using ExampleTrainer trainer = Create(model, PreferencePairs.Of(5), Config(epochCount: 40));
        var reports = new List<ExampleStepReport>();
        trainer.Train(reports.Add, Token);
        IReadOnlyDictionary<string, double> unseen = trainer.Evaluate(Token)!.Metrics;
        Assert.Equal(1, unseen["eval/accuracy/mean"]);
        Assert.True(unseen["eval/loss/mean"] < 0.1, $"loss {unseen["eval/loss/mean"]}");
        Assert.Equal(unseen["eval/chosen_score/mean"] - unseen["eval/rejected_score/mean"], unseen["eval/margin/mean"], 5);
        Assert.InRange(reports[0].Metrics["reward_model/loss"], 0.3, 1.5); // about log 2 before anything is learned
    }

    [Fact]
    public void Train_WithAnotherMicroBatch_GivesTheSameWeights()
    {
        float[] whole = Trained(Config(epochCount: 2));
        float[] split = Trained(Config(epochCount: 2) with { MicroBatchSize = 2 });
        Assert.All(whole.Zip(split), pair => Assert.True(Math.Abs(pair.First - pair.Second) < SplitTolerance, $"{pair.First} against {pair.Second}"));
    }

    [Fact]
    public void Train_Twice_GivesTheSameBits() => Assert.Equal(Trained(Config(epochCount: 3)), Trained(Config(epochCount: 3)));

    private static float[] Trained(ExampleTrainingConfig config)
    {
        using RewardModelHead model = Create();
        using ExampleTrainer trainer = Create(model, [], config);
        trainer.Train(_ => { }, Token);
        return [.. model.NamedParameters().SelectMany(entry => entry.Parameter.data<float>().ToArray())];
    }

    private static ExampleTrainer Create(RewardModelHead model, PreferencePair[] heldOut, ExampleTrainingConfig config) =>
        new(new TrainedRewardModel(model), new RewardModelObjective(model, PreferencePairs.Of(0)), new RewardModelObjective(model, heldOut), config, TimeProvider.System);

    private static RewardModelHead Create() => RewardModelHead.FromTransformer(TinyPolicy.Create(), padTokenId: null, seed: 3);

    private static ExampleTrainingConfig Config(int epochCount) => new()
    {
        EpochCount = epochCount,
        BatchSize = 5,
        MicroBatchSize = 5,
        Optimizer = new OptimizerConfig { LearningRate = 3e-3 },
        Seed = 7,
    };
}
