using AlignService.HuggingFace.Architecture;
using AlignService.Training.Batches;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Trainers;
using Xunit;

namespace AlignService.Training.Tests.Trainers;

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
