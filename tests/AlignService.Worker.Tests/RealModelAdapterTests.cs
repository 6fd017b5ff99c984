using System.Globalization;
using AlignService.Model.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Testing;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Tests.Fakes;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Worker.Tests;

/// <summary>An adapter trained over a real chat model: what it leaves, and what it leaves alone.</summary>
public sealed class RealModelAdapterTests(ITestOutputHelper output) : IDisposable
{
    private const int StepCount = 2;
    private const double SamplerTolerance = 1e-3; // two engines in float32, over tens of tokens

    private readonly RunFolder _folder = new();

    [Fact]
    public void RunStep_SmolLm2_ExportsAnAdapterThatChangesTheModelAndLeavesTheBaseAlone()
    {
        string checkpoint = Path.Combine(_folder.Root, "checkpoint");
        GrpoJob job = Job(SharedModels.SmolLm2());
        using (PolicyOptimizationRun run = Runs.Load(job))
        {
            for (int step = 0; step < StepCount; step++)
            {
                Assert.InRange(run.Trainer.RunStep(TestContext.Current.CancellationToken).Metrics["sampler/logprob_difference_max"], 0, SamplerTolerance);
            }

            run.Save(checkpoint, SaveDtype.AsLoaded);
        }

        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(job.Model, new LoadOptions { Trainable = false });
        float[] untouched = LogProbs(model);
        using (LowRankAdapter adapter = PeftAdapter.Load(checkpoint, model, trainable: false))
        {
            long numbers = adapter.NamedParameters().Sum(entry => entry.Parameter.numel());
            Assert.InRange(numbers, 1, model.ParameterCount / 20);
            model.Adapter = adapter;
            float[] trained = LogProbs(model);
            model.Adapter = null;
            double moved = trained.Zip(untouched, (a, b) => Math.Abs(a - b)).Max();
            Assert.True(moved > 1e-3, $"the adapter moves a log-prob by {moved} at most");
            Assert.Equal(untouched, LogProbs(model));

            MergeReport merge = AdapterMerge.FoldChecked(model, adapter);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{numbers} numbers of {model.ParameterCount}; a log-prob moved by up to {moved:F4}; merging moves a logit by {merge.MaxLogitDifference:E1}"));
            Assert.InRange(merge.MaxLogitDifference, 0, 1e-3);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static GrpoJob Job(string model) => new()
    {
        Model = model,
        Prompts = new() { Inline = [.. new[] { "Name a colour.", "What is 2 + 2?" }.Select((text, i) => new Prompt(i, text, null, null))] },
        Rewards = [new RegularExpressionConfig { Name = "vowels", Pattern = "[aeiou]{2}" }, new LengthConfig { Name = "length" }],
        Config = new()
        {
            StepCount = StepCount,
            PromptsPerStep = 2,
            GroupSize = 2,
            Sampling = new() { MaxCompletionLength = 16 },
            Adapter = new PolicyAdapterConfig(),
            Optimizer = new() { LearningRate = 1e-3 },
            Seed = 3,
        },
    };

    private static float[] LogProbs(Transformer model)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor ids = tensor(new long[] { 1, 4093, 198, 1780, 314, 216, 34, 1232, 216, 34, 47 }).unsqueeze(0);
        return nn.functional.log_softmax(model.Logits(model.Hidden(ids)), -1).data<float>().ToArray();
    }
}
