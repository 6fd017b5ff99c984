using AlignService.Model.Architecture;
using AlignService.Training.Batches;
using AlignService.Training.Optimization;
using AlignService.Training.Supervised;
using TorchSharp;
using Xunit;

namespace AlignService.Training.Tests.Supervised;

public sealed class SupervisedTrainerTests
{
    /// <summary>AdamW turns rounding of a tiny gradient into a visible part of one step's rate.</summary>
    private const double SplitTolerance = 1e-4;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Train_OnAFixedMapping_LearnsIt()
    {
        using Transformer model = TinyPolicy.Create();
        using var trainer = new SupervisedTrainer(model, Config(epochCount: 60));
        double before = trainer.Evaluate(Examples());
        var reports = new List<SupervisedReport>();
        trainer.Train(Examples(), reports.Add, Token);
        Assert.Equal(60 * 2, reports.Count);
        Assert.True(before > 2, $"loss before {before}");
        Assert.True(trainer.Evaluate(Examples()) < 0.05, $"loss after {trainer.Evaluate(Examples())}");
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
    public void Train_WithABrokenWeight_NamesTheStepAndChangesNothing()
    {
        using Transformer model = TinyPolicy.Create();
        using (torch.no_grad())
        {
            model.HeadWeight[3, 3] = float.NaN;
        }

        using var trainer = new SupervisedTrainer(model, Config(epochCount: 1));
        float[] before = TinyPolicy.Weights(model);
        var error = Assert.Throws<NonFiniteGradientException>(() => trainer.Train(Examples(), _ => { }, Token));
        Assert.Contains("optimiser step 1", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, TinyPolicy.Weights(model));
    }

    private static float[] Trained(SupervisedConfig config)
    {
        using Transformer model = TinyPolicy.Create();
        using var trainer = new SupervisedTrainer(model, config);
        trainer.Train(Examples(), _ => { }, Token);
        return TinyPolicy.Weights(model);
    }

    private static SupervisedConfig Config(int epochCount) => new()
    {
        EpochCount = epochCount,
        MinibatchSize = 5,
        MicroBatchSize = 5,
        Optimizer = new OptimizerConfig { LearningRate = 3e-3 },
        Seed = 7,
    };

    /// <summary>Prompts of one to four tokens, whose completions follow from their first.</summary>
    private static TokenSequence[] Examples() =>
        [.. Enumerable.Range(0, 10).Select(i => new TokenSequence([i + 2, .. Enumerable.Repeat(1, i % 4)], [i + 12, i + 3, 0]))];
}
