using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Tests.Fakes;
using Xunit;

namespace AlignService.Worker.Tests;

/// <summary>Runs whose models are held in less memory.</summary>
public sealed class MemoryRunTests
{
    [Fact]
    public void RunStep_ModelsHeldInTheDtypeOfTheirFiles_GiveTheSameNumbers()
    {
        using RunFolder folder = new();
        string start = folder.TinyModel("start"), narrow = Path.Combine(folder.Root, "narrow"), judge = Path.Combine(folder.Root, "judge");
        using (Transformer model = HuggingFaceCheckpoint.LoadTransformer(start, new LoadOptions()))
        {
            HuggingFaceCheckpoint.Save(model, start, narrow, StoredDtype.BFloat16);
        }

        using (RewardModelHead head = RewardModelHead.FromTransformer(HuggingFaceCheckpoint.LoadTransformer(start, new LoadOptions()), padTokenId: 0, seed: 3))
        {
            HuggingFaceCheckpoint.SaveRewardModel(head, start, judge, StoredDtype.BFloat16);
        }

        GrpoJob job = new()
        {
            Model = start,
            ReferenceModel = narrow,
            Prompts = new() { Inline = [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] },
            Rewards = [new RewardModelConfig { Name = "judge", Model = judge }],
            Config = new TinyRun().Config,
        };
        GrpoJob held = job with { Config = job.Config with { Memory = new() { FrozenDtype = FrozenDtype.BF16 } } };
        Assert.Equal(SecondStep(job), SecondStep(held));

        static (double Kl, double Reward, double Loss) SecondStep(GrpoJob job)
        {
            using PolicyOptimizationRun run = Runs.Load(job);
            run.Trainer.RunStep(TestContext.Current.CancellationToken);
            IReadOnlyDictionary<string, double> metrics = run.Trainer.RunStep(TestContext.Current.CancellationToken).Metrics;
            return (metrics["policy/kl"], metrics["reward/judge/mean"], metrics["policy/loss"]);
        }
    }

    /// <summary>Of the way that GPUs take: the same tensors, moved by the CPU.</summary>
    [Theory]
    [InlineData(SaveDtype.AsLoaded)]
    [InlineData(SaveDtype.BF16)]
    public void Checkpoint_OfABfloat16Policy_KeepsItsMasters(SaveDtype dtype)
    {
        using RunFolder folder = new();
        GrpoJob job = new()
        {
            Model = folder.TinyModel("start"),
            Prompts = new() { Inline = [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] },
            Rewards = [new RegularExpressionConfig { Name = "letters", Pattern = "[a-m]" }],
            Config = new TinyRun().Config with { Optimizer = new() { LearningRate = 1e-5 }, Memory = new() { PolicyDtype = PolicyDtype.BF16 } },
        };
        string first = Path.Combine(folder.Root, "first"), uninterrupted = Path.Combine(folder.Root, "uninterrupted"), resumed = Path.Combine(folder.Root, "resumed");
        using (PolicyOptimizationRun run = Runs.Load(job))
        {
            run.Trainer.RunStep(TestContext.Current.CancellationToken);
            RoundingReport report = run.Save(first, dtype);
            Assert.Equal(dtype == SaveDtype.BF16, report.Rounded); // the start is a float32 file
            run.Trainer.RunStep(TestContext.Current.CancellationToken);
            run.Save(uninterrupted, SaveDtype.F32);
        }

        using (PolicyOptimizationRun run = Runs.Load(job, first))
        {
            run.Trainer.RunStep(TestContext.Current.CancellationToken);
            run.Save(resumed, SaveDtype.F32);
        }

        byte[] saved = File.ReadAllBytes(Path.Combine(uninterrupted, "model.safetensors"));
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(job.Model, "model.safetensors")), saved);
        Assert.Equal(saved, File.ReadAllBytes(Path.Combine(resumed, "model.safetensors")));
    }
}
