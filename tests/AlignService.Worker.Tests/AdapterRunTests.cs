using AlignService.HuggingFace.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Data;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Policies;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Tests.Fakes;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Worker.Tests;

/// <summary>What a run with a low-rank adapter leaves, and how jobs go on from it.</summary>
public sealed class AdapterRunTests : IDisposable
{
    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Save_Adapter_HoldsTheAdapterAloneAndCanBeUsedAgain()
    {
        GrpoJob job = Job(new PolicyAdapterConfig { Form = new() { Rank = 4 } });
        string first = Path.Combine(_folder.Root, "first"), second = Path.Combine(_folder.Root, "second");
        using (PolicyOptimizationRun run = Runs.Load(job))
        {
            run.Trainer.RunStep(Token);
            run.Trainer.RunStep(Token);
            Assert.Equal(new RoundingReport(false, 0), run.Save(first, SaveDtype.AsLoaded));
        }

        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors", "trainer/trainer_state.json", "trainer/trainer_state.safetensors"],
            Directory.GetFiles(first, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(first, path)).Order(StringComparer.Ordinal));
        Assert.Equal(job.Model, AdaptedModel.At(first).BaseDirectory);

        // As the model of a job that trains all weights, from base and adapter merged.
        using (Transformer start = HuggingFaceCheckpoint.LoadTransformer(job.Model, new LoadOptions()))
        using (Transformer merged = PolicyLoader.Load(first, adapter: null, name => name, seed: 1))
        {
            Assert.NotEqual(States(start), States(merged));
        }

        using (PolicyOptimizationRun whole = Runs.Load(job with { Model = first, Config = job.Config with { Adapter = null } }))
        {
            whole.Trainer.RunStep(Token);
            whole.Save(second, SaveDtype.AsLoaded);
            Assert.True(File.Exists(Path.Combine(second, "model.safetensors")));
        }

        // As the adapter to go on from; the reference is what it was at the start.
        using PolicyOptimizationRun further = Runs.Load(job with { Config = job.Config with { Adapter = new() { Directory = first } } });
        Assert.Equal(0, further.Trainer.RunStep(Token).Metrics["policy/kl"], 1e-9);
    }

    [Fact]
    public void Load_AdapterOverAnAdapter_SaysWhatToName()
    {
        GrpoJob job = Job(new PolicyAdapterConfig());
        string checkpoint = Path.Combine(_folder.Root, "checkpoint");
        using (PolicyOptimizationRun run = Runs.Load(job))
        {
            run.Save(checkpoint, SaveDtype.AsLoaded);
        }

        CheckpointException fault = Assert.Throws<CheckpointException>(() => Runs.Load(job with { Model = checkpoint }));
        Assert.Contains("adapter.directory", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static float[] States(Transformer model)
    {
        using var noGrad = no_grad();
        using Tensor hidden = model.Hidden(tensor(new long[] { 3, 1, 4, 1, 5 }).unsqueeze(0));
        return hidden.data<float>().ToArray();
    }

    private GrpoJob Job(PolicyAdapterConfig adapter) => new()
    {
        Model = _folder.TinyModel("model"),
        Prompts = new() { Inline = [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] },
        Rewards = [new RegularExpressionConfig { Name = "letters", Pattern = "[a-m]" }, new LengthConfig { Name = "length" }],
        Config = new TinyRun().Config with { Adapter = adapter },
    };
}
