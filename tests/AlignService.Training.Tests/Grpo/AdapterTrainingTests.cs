using AlignService.HuggingFace.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Answers;
using AlignService.Specs.Rewards.Lengths;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Grpo;
using AlignService.Training.Policies;
using AlignService.Training.Tests.Fakes;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Grpo;

/// <summary>GRPO with a low-rank adapter over frozen weights.</summary>
public sealed class AdapterTrainingTests : IDisposable
{
    /// <summary>Two engines in float32.</summary>
    private const double SamplerTolerance = 1e-4;

    private readonly RunFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void RunStep_Adapter_MovesItAloneAndTheSamplerSeesIt()
    {
        using GrpoTrainer trainer = WithAdapter(new()).Start();
        byte[] before = BaseBytes(trainer), start = GrpoTrainerTests.Bytes(trainer);
        StepReport[] reports = [.. Enumerable.Range(0, 6).Select(_ => trainer.RunStep(Token))];

        Assert.Equal(before, BaseBytes(trainer));
        Assert.NotEqual(start, GrpoTrainerTests.Bytes(trainer));
        Assert.All(trainer.Policy.NamedParameters(), entry => Assert.False(entry.Parameter.requires_grad));
        Assert.Equal(0, reports[0].Metrics["policy/kl"], 1e-9);
        Assert.True(reports[^1].Metrics["policy/kl"] > 1e-4, $"{reports[^1].Metrics["policy/kl"]}");
        Assert.All(reports, report => Assert.InRange(report.Metrics["sampler/logprob_difference_max"], 0, SamplerTolerance));
    }

    [Fact]
    public void RunStep_ReferenceIsTheBaseWithTheAdapterOff_EqualsASecondCopy()
    {
        TinyRun run = WithAdapter(new());
        using GrpoTrainer shared = run.Start(), separate = (run with { SeparateReference = true }).Start();
        for (int step = 0; step < 3; step++)
        {
            Assert.Equal(separate.RunStep(Token).Metrics["policy/kl"], shared.RunStep(Token).Metrics["policy/kl"]);
        }

        Assert.Equal(GrpoTrainerTests.Bytes(separate), GrpoTrainerTests.Bytes(shared));
    }

    [Theory]
    [InlineData(SamplerCorrection.Off, 1)]
    [InlineData(SamplerCorrection.SequenceMask, 1)]
    [InlineData(SamplerCorrection.SequenceMask, 2)]
    public void RunStep_Dropout_IsNoDisagreementOfSamplerAndTrainer(SamplerCorrection correction, int epochs)
    {
        TinyRun run = WithAdapter(new() { Form = new() { Dropout = 0.3 } });
        using GrpoTrainer trainer = (run with { Config = run.Config with { EpochCount = epochs, Loss = new() { SamplerCorrection = correction } } }).Start();
        StepReport[] reports = [.. Enumerable.Range(0, 4).Select(_ => trainer.RunStep(Token))];

        // One update alone takes its own log-probs for the old ones: the ratio is 1, and there is nothing to compare the sampler's with.
        bool isAlone = correction == SamplerCorrection.Off;
        Assert.All(reports, report => Assert.Equal(!isAlone, report.Metrics.ContainsKey("sampler/logprob_difference_max")));
        Assert.All(reports, report => Assert.InRange(report.Metrics.GetValueOrDefault("sampler/logprob_difference_max"), 0, SamplerTolerance));
        Assert.All(reports[1..], report => Assert.Equal(isAlone, report.Metrics["policy/ratio_mean"] == 1));
    }

    [Fact]
    public void Refresh_Adapter_MakesTheReferenceWhatThePolicyWas()
    {
        using Transformer policy = PolicyLoader.Load(TinyRun.Model, new PolicyAdapterConfig(), name => name, seed: 1);
        using LowRankAdapter adapter = policy.Adapter!;
        using AdapterReference reference = AdapterReference.Of(policy, startsFromBase: true, isRefreshed: true);
        float[] start = reference.Read(States);
        Move(adapter);
        float[] moved = States(policy);
        Assert.Equal(start, reference.Read(States));
        reference.Refresh(policy, alpha: 1);
        Assert.Equal(moved, reference.Read(States));
        Move(adapter);
        Assert.Equal(moved, reference.Read(States));
        Assert.NotEqual(moved, States(policy));
    }

    [Fact]
    public void Save_Adapter_HoldsTheAdapterAloneAndCanBeUsedAgain()
    {
        GrpoRunSetup setup = Setup(new PolicyAdapterConfig { Form = new() { Rank = 4 } });
        string first = Path.Combine(_folder.Root, "first"), second = Path.Combine(_folder.Root, "second");
        using (GrpoRun run = GrpoRun.Load(setup, null))
        {
            run.RunStep(Token);
            run.RunStep(Token);
            Assert.Equal(new RoundingReport(false, 0), run.SaveCheckpoint(first, SaveDtype.AsLoaded));
        }

        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors", "trainer_state.json", "trainer_state.safetensors"],
            Directory.GetFiles(first).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal(setup.ModelDirectory, AdaptedModel.At(first).BaseDirectory);

        // As the model of a job that trains all weights, from base and adapter merged.
        using (Transformer start = HuggingFaceCheckpoint.LoadTransformer(setup.ModelDirectory, new LoadOptions()))
        using (Transformer merged = PolicyLoader.Load(first, adapter: null, name => name, seed: 1))
        {
            Assert.NotEqual(States(start), States(merged));
        }

        using (GrpoRun whole = GrpoRun.Load(setup with { ModelDirectory = first, Config = setup.Config with { Adapter = null } }, null))
        {
            whole.RunStep(Token);
            whole.SaveCheckpoint(second, SaveDtype.AsLoaded);
            Assert.True(File.Exists(Path.Combine(second, "model.safetensors")));
        }

        // As the adapter to go on from; the reference is what it was at the start.
        using GrpoRun further = GrpoRun.Load(setup with { Config = setup.Config with { Adapter = new() { Directory = first } } }, null);
        Assert.Equal(0, further.RunStep(Token).Metrics["policy/kl"], 1e-9);
    }

    [Fact]
    public void Load_AdapterOverAnAdapter_SaysWhatToName()
    {
        GrpoRunSetup setup = Setup(new PolicyAdapterConfig());
        string checkpoint = Path.Combine(_folder.Root, "checkpoint");
        using (GrpoRun run = GrpoRun.Load(setup, null))
        {
            run.SaveCheckpoint(checkpoint, SaveDtype.AsLoaded);
        }

        CheckpointException fault = Assert.Throws<CheckpointException>(() => GrpoRun.Load(setup with { ModelDirectory = checkpoint }, null));
        Assert.Contains("adapter.directory", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static TinyRun WithAdapter(PolicyAdapterConfig adapter)
    {
        TinyRun run = new();
        return run with { Config = run.Config with { Adapter = adapter } };
    }

    private static byte[] BaseBytes(GrpoTrainer trainer) => [.. trainer.Policy.NamedParameters().SelectMany(entry => entry.Parameter.bytes.ToArray())];

    private static float[] States(Transformer model)
    {
        using var noGrad = no_grad();
        using Tensor hidden = model.Hidden(tensor(new long[] { 3, 1, 4, 1, 5 }).unsqueeze(0));
        return hidden.data<float>().ToArray();
    }

    private static void Move(LowRankAdapter adapter)
    {
        using var noGrad = no_grad();
        foreach ((_, TorchSharp.Modules.Parameter parameter) in adapter.NamedParameters())
        {
            parameter.add_(0.01);
        }
    }

    private GrpoRunSetup Setup(PolicyAdapterConfig adapter) => new()
    {
        ModelDirectory = _folder.TinyModel("model"),
        Prompts = new() { Inline = [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, TinyTokenizer.Letters.Substring(i, 5), null, null))] },
        Rewards = [new RegularExpressionConfig { Name = "letters", Pattern = "[a-m]" }, new LengthConfig { Name = "length" }],
        Config = new TinyRun().Config with { Adapter = adapter },
    };
}
