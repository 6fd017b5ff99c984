using AlignService.HuggingFace.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Decoding;
using AlignService.Model.Decoding.Torch;
using AlignService.Model.LogProbs;
using AlignService.Model.Tests.Adapters;
using AlignService.Model.Tests.Architecture;
using AlignService.Model.Tests.Checkpoints;
using AlignService.Testing;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Devices;

/// <summary>Every model on another device than the CPU (<see cref="LazyBackend"/>): forward and backward pass, and decoding with a cache, give the CPU's numbers.</summary>
public sealed class DeviceModelTests
{
    /// <summary>Other kernels for attention and another order of sums, in float32.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>Two rows of a padded batch, and the prompts of two that are sampled side by side.</summary>
    private static readonly int[][] Rows = [[1, 2, 3, 4, 5, 6, 7, 8], [9, 8, 7]];

    public static TheoryData<string> Cases => GoldenFolder.Rows("models");

    public static TheoryData<string> Variants => [.. TinyModel.Variants.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Golden")]
    public void GoldenModel_OnAnotherDevice_GivesTheNumbersOfTheCpu(string caseName) =>
        Compare(caseName, options => GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", caseName), options)));

    [Theory]
    [MemberData(nameof(Variants))]
    public void EveryPart_OnAnotherDevice_GivesTheNumbersOfTheCpu(string variant) =>
        Compare(variant, options => HuggingFaceCheckpoint.CreateRandom(TinyModel.Variants[variant], seed: 3, options));

    [Theory]
    [MemberData(nameof(Variants))]
    public void EveryPart_CheckpointedOnAnotherDevice_GivesTheNumbersOfTheCpu(string variant) => Compare(variant, options =>
    {
        Transformer model = HuggingFaceCheckpoint.CreateRandom(TinyModel.Variants[variant], seed: 3, options);
        model.ActivationCheckpointing = true;
        return model;
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Adapter_WithDropoutOnAnotherDevice_GivesTheNumbersOfTheCpu(bool heldNarrow) => Compare("adapter", options =>
    {
        Transformer model = HuggingFaceCheckpoint.CreateRandom(TinyModel.Llama, seed: 3, options with { Trainable = false, HeldDtype = heldNarrow ? ScalarType.BFloat16 : null });
        model.Adapter = RandomAdapter.Over(model, new AdapterConfig { Rank = 2, Dropout = 0.3, ModulesToSave = ["lm_head"] });
        return model;
    });

    [Fact]
    public void Scores_OnAnotherDevice_AreThoseOfTheCpu()
    {
        double[] Scores(Device device)
        {
            using var scope = NewDisposeScope();
            using RewardModelHead head = RewardModelHead.FromTransformer(HuggingFaceCheckpoint.CreateRandom(TinyModel.Llama, 3, new LoadOptions { Device = device }), padTokenId: 3, seed: 1);
            (Tensor ids, Tensor lengths) = Batch(device);
            return [.. head.Scores(ids, lengths).detach().cpu().to(ScalarType.Float64).data<double>()];
        }

        GoldenAssert.Absolute("reward model", "scores", Scores(CPU), Scores(Lazy()), Tolerance);
    }

    private static void Compare(string name, Func<LoadOptions, Transformer> load)
    {
        Dictionary<string, double[]> expected = Numbers(load, CPU), got = Numbers(load, Lazy());
        Assert.Equal(expected.Keys.Order(), got.Keys.Order());
        foreach ((string what, double[] values) in expected)
        {
            GoldenAssert.Close(name, what, values, got[what], Tolerance);
        }
    }

    private static Dictionary<string, double[]> Numbers(Func<LoadOptions, Transformer> load, Device device)
    {
        using Transformer model = load(new LoadOptions { Device = device });
        using LowRankAdapter? adapter = model.Adapter;
        LazyBackend.Run();
        model.PlannedLength = model.Config.LengthBoundary + 1;
        Dictionary<string, double[]> numbers = new() { ["decoding"] = Decoded(model) };
        using var scope = NewDisposeScope();
        adapter?.PassKey = 7;
        (Tensor ids, Tensor lengths) = Batch(device);
        Tensor hidden = model.Hidden(ids, lengths); // [B, T, C]
        Tensor counted = tensor(new long[] { 0, 1, 2, 3, 4, 5, 6, 8, 9 }, device: device); // of each row the tokens before its last
        SelectedLogProbs logProbs = SelectedLogProbs.Compute(
            model, hidden.reshape(-1, model.Config.HiddenSize).index_select(0, counted), ids.reshape(-1).index_select(0, counted + 1), temperature: 0.7);
        (logProbs.Values.sum() + (0.1 * logProbs.Entropies.sum())).backward();
        LazyBackend.Run();
        numbers["log-probs"] = Values(logProbs.Values);
        numbers["entropies"] = Values(logProbs.Entropies);
        foreach ((string parameter, Parameter value) in model.TrainedParameters().Where(entry => entry.Parameter.grad is not null))
        {
            Assert.Equal(device.type, value.grad!.device_type);
            numbers[parameter] = Values(value.grad);
        }

        return numbers;
    }

    /// <summary>Prompts of two lengths joined in one batch, a step of both, then of one alone.</summary>
    private static double[] Decoded(Transformer model)
    {
        using var engine = new TorchDecodingEngine(model);
        using IDecodingBatch batch = engine.CreateBatch();
        List<float> logits = [];
        foreach (int[] row in Rows)
        {
            using IPromptCache prompt = engine.Prefill(row);
            logits.AddRange(prompt.NextLogits);
            batch.Add(prompt, 1);
        }

        batch.Step([5, 6]);
        logits.AddRange(batch.Logits(0));
        logits.AddRange(batch.Logits(1));
        batch.Keep([1]);
        batch.Step([7]);
        logits.AddRange(batch.Logits(0));
        return [.. logits.Select(logit => (double)logit)];
    }

    private static (Tensor Ids, Tensor Lengths) Batch(Device device)
    {
        int width = Rows.Max(row => row.Length);
        long[] ids = [.. Rows.SelectMany(row => row.Select(id => (long)id).Concat(Enumerable.Repeat(0L, width - row.Length)))];
        return (tensor(ids, device: device).view(Rows.Length, width), tensor(Rows.Select(row => (long)row.Length).ToArray(), device: device));
    }

    private static double[] Values(Tensor tensor) => [.. tensor.detach().to(ScalarType.Float64).cpu().data<double>()];

    private static Device Lazy()
    {
        LazyBackend.Start();
        return new Device((DeviceType)LazyBackend.DeviceType, 0);
    }
}
