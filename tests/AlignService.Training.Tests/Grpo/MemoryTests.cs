using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Safetensors;
using AlignService.Training.Grpo;
using AlignService.Training.Policies;
using AlignService.Training.Prompts;
using AlignService.Training.Rewards;
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
        using TemporaryFolder folder = new();
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
