using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Directories;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Rewards;
using AlignService.Testing;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Trainers;
using AlignService.Worker.Tests.Fakes;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Worker.Tests;

/// <summary>
/// A model whose rotary positions depend on the length (longrope, original length 28) in a job: the side is chosen once, from the prompt limit and the completion
/// limit, for sampling, old, reference and update passes alike, however short a row is.
/// </summary>
public sealed class PlannedLengthTests
{
    /// <summary>Two engines in float32.</summary>
    private const double SameSide = 1e-4;

    /// <summary>What the other side's positions change in a log-prob of this model, at least.</summary>
    private const double OtherSide = 0.05;

    [Theory]
    [InlineData(8, 12, 20)]
    [InlineData(16, 12, 28)]
    [InlineData(17, 12, 29)]
    [InlineData(60, 12, 72)]
    [InlineData(null, 12, 112)]
    public void RunStep_LongRope_EveryPassIsOnTheSideThatThePlanSays(int? promptLimit, int completionLimit, int planned)
    {
        using var folder = new RunFolder();
        string directory = Path.Combine(folder.Root, "model");
        using (Transformer start = HuggingFaceCheckpoint.CreateRandom(Config(), 4, new LoadOptions()))
        {
            HuggingFaceCheckpoint.Save(start, null, directory, null);
        }

        TinyTokenizer.WriteTo(directory);
        using PolicyOptimizationRun run = Runs.Load(Job(directory, promptLimit, completionLimit));

        StepReport report = run.Trainer.RunStep(TestContext.Current.CancellationToken);

        Assert.InRange(report.Metrics["sampler/logprob_difference_max"], 0, SameSide); // old passes against sampling
        Assert.InRange(Math.Abs(report.Metrics["policy/kl"]), 0, SameSide * SameSide); // the reference's pass against the old one
        Assert.InRange(report.Metrics["policy/ratio_mean"], 1 - SameSide, 1 + SameSide); // the update's pass against the old one
        Assert.InRange(Difference(directory, report, planned), 0, SameSide);
        Assert.InRange(Difference(directory, report, planned > 28 ? 28 : 29), OtherSide, double.PositiveInfinity);
    }

    /// <summary>Largest difference between the sampled log-probs and those of the start weights, planned for a length.</summary>
    private static double Difference(string directory, StepReport report, int planned)
    {
        using var noGrad = no_grad();
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(directory, new LoadOptions { Trainable = false });
        model.PlannedLength = planned;
        return report.Rollouts.Max(graded =>
        {
            using var scope = NewDisposeScope();
            int[] prompt = [.. graded.Rollout.Prompt.Ids], completion = [.. graded.Rollout.Completion.TokenIds];
            Tensor ids = tensor(prompt.Concat(completion).Select(id => (long)id).ToArray()).unsqueeze(0);
            Tensor logProbs = nn.functional.log_softmax(model.Logits(model.Hidden(ids)).squeeze(0).to(ScalarType.Float64), -1);
            return completion.Select((id, i) => Math.Abs(logProbs[prompt.Length + i - 1, id].ToDouble() - graded.Rollout.Completion.LogProbs[i])).Max();
        });
    }

    private static TransformerConfig Config() =>
        HuggingFaceDirectory.ReadConfig(GoldenFolder.CaseFolder("models", "phi3-longrope")) with { VocabSize = 64, InitializerRange = 0.4, EndTokenIds = [2] };

    private static GrpoJob Job(string directory, int? promptLimit, int completionLimit) => new()
    {
        Model = directory,
        Prompts = new() { Inline = [.. new[] { "abcdef", "xyz", "hello", "a" }.Select((text, i) => new Prompt(i, text, null, null))] },
        Rewards = [new LengthConfig { Name = "length" }],
        Config = new()
        {
            StepCount = 1,
            PromptsPerStep = 4,
            GroupSize = 4,
            MaxPromptLength = promptLimit,
            MicroBatchSize = 6,
            Sampling = new() { MaxCompletionLength = completionLimit },
            Loss = new() { KlCoefficient = 0.1 },
            Seed = 2,
        },
    };
}
