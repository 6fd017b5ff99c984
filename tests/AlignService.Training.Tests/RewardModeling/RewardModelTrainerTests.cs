using AlignService.Model.Checkpoints;
using AlignService.Training.Optimization;
using AlignService.Training.RewardModeling;
using Xunit;

namespace AlignService.Training.Tests.RewardModeling;

public sealed class RewardModelTrainerTests
{
    /// <summary>AdamW turns rounding of a tiny gradient into a visible part of one step's rate.</summary>
    private const double SplitTolerance = 1e-4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Train_OnAPlainPreference_RanksUnseenPairs()
    {
        using RewardModelHead model = Create();
        using var trainer = new RewardModelTrainer(model, Config(epochCount: 40));
        var reports = new List<RewardModelReport>();
        trainer.Train(Pairs(first: 0), reports.Add, Token);
        RewardModelReport unseen = trainer.Evaluate(Pairs(first: 5));
        Assert.Equal(1, unseen.Accuracy);
        Assert.True(unseen.Loss < 0.1, $"loss {unseen.Loss}");
        Assert.InRange(reports[0].Loss, 0.3, 1.5); // about log 2 before anything is learned
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

    private static float[] Trained(RewardModelTrainingConfig config)
    {
        using RewardModelHead model = Create();
        using var trainer = new RewardModelTrainer(model, config);
        trainer.Train(Pairs(first: 0), _ => { }, Token);
        return [.. model.NamedParameters().SelectMany(entry => entry.Parameter.data<float>().ToArray())];
    }

    private static RewardModelHead Create() => RewardModelHead.FromTransformer(TinyPolicy.Create(), padTokenId: null, seed: 3);

    private static RewardModelTrainingConfig Config(int epochCount) => new()
    {
        EpochCount = epochCount,
        MinibatchSize = 5,
        MicroBatchSize = 5,
        Optimizer = new OptimizerConfig { LearningRate = 3e-3 },
        Seed = 7,
    };

    /// <summary>Whatever the prompt, a completion that ends with 20 is better than one that ends with 21.</summary>
    private static PreferencePair[] Pairs(int first) =>
        [.. Enumerable.Range(first, 10).Select(i => new PreferencePair(new([i + 1], [i % 7 + 2, 20]), new([i + 1], [i % 5 + 2, i % 3 + 2, 21])))];
}
