using AlignService.HuggingFace.Architecture;
using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Answers;
using AlignService.Specs.Rewards.Models;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Grpo;
using AlignService.Training.Policies;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Grpo;

public sealed class MemoryTests
{
    [Fact]
    public void RunStep_ActivationCheckpointing_GivesTheSameWeights()
    {
        TinyRun run = new();
        Assert.Equal(Trained(run), Trained(run with { Config = run.Config with { Memory = new() { ActivationCheckpointing = true } } }));
    }

    [Fact]
    public void MicroBatchPlan_ActivationCheckpointing_FitsMoreTokens()
    {
        TransformerConfig deep = TinyPolicy.Config with { Layers = [.. Enumerable.Repeat(TinyPolicy.Config.Layers[0], 24)] };

        long plain = MicroBatchPlan.For(deep, size: null).TokenBudget, checkpointed = MicroBatchPlan.For(deep, size: null, activationCheckpointing: true).TokenBudget;

        Assert.True(checkpointed > 3 * plain, $"{checkpointed} tokens instead of {plain}");
    }

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

        GrpoRunSetup setup = new()
        {
            ModelDirectory = start,
            ReferenceDirectory = narrow,
            Prompts = new() { Inline = [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] },
            Rewards = [new RewardModelConfig { Name = "judge", Model = judge }],
            Config = new TinyRun().Config,
        };
        GrpoRunSetup held = setup with { Config = setup.Config with { Memory = new() { FrozenDtype = FrozenDtype.BF16 } } };
        Assert.Equal(SecondStep(setup), SecondStep(held));

        static (double Kl, double Reward, double Loss) SecondStep(GrpoRunSetup setup)
        {
            using GrpoRun run = GrpoRun.Load(setup, null);
            run.RunStep(TestContext.Current.CancellationToken);
            IReadOnlyDictionary<string, double> metrics = run.RunStep(TestContext.Current.CancellationToken).Metrics;
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
        GrpoRunSetup setup = new()
        {
            ModelDirectory = folder.TinyModel("start"),
            Prompts = new() { Inline = [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] },
            Rewards = [new RegularExpressionConfig { Name = "letters", Pattern = "[a-m]" }],
            Config = new TinyRun().Config with { Optimizer = new() { LearningRate = 1e-5 }, Memory = new() { PolicyDtype = PolicyDtype.BF16 } },
        };
        string first = Path.Combine(folder.Root, "first"), uninterrupted = Path.Combine(folder.Root, "uninterrupted"), resumed = Path.Combine(folder.Root, "resumed");
        using (GrpoRun run = GrpoRun.Load(setup, null))
        {
            run.RunStep(TestContext.Current.CancellationToken);
            RoundingReport report = run.SaveCheckpoint(first, dtype);
            Assert.Equal(dtype == SaveDtype.BF16, report.Rounded); // the start is a float32 file
            run.RunStep(TestContext.Current.CancellationToken);
            run.SaveCheckpoint(uninterrupted, SaveDtype.F32);
        }

        using (GrpoRun run = GrpoRun.Load(setup, first))
        {
            run.RunStep(TestContext.Current.CancellationToken);
            run.SaveCheckpoint(resumed, SaveDtype.F32);
        }

        byte[] saved = File.ReadAllBytes(Path.Combine(uninterrupted, "model.safetensors"));
        Assert.NotEqual(File.ReadAllBytes(Path.Combine(setup.ModelDirectory, "model.safetensors")), saved);
        Assert.Equal(saved, File.ReadAllBytes(Path.Combine(resumed, "model.safetensors")));
    }

    private static float[] Trained(TinyRun run)
    {
        using GrpoTrainer trainer = run.Start();
        for (int step = 0; step < 3; step++)
        {
            trainer.RunStep(TestContext.Current.CancellationToken);
        }

        return [.. trainer.Policy.NamedParameters().SelectMany(entry => entry.Parameter.data<float>().ToArray())];
    }
}
