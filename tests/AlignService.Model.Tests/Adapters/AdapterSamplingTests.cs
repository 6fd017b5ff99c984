using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Decoding;
using AlignService.Model.Decoding.Simd;
using AlignService.Model.Decoding.Torch;
using AlignService.Model.Sampling;
using AlignService.Model.Tests.Checkpoints;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Adapters;

/// <summary>Sampling with an adapter switched on against the training pass, for the models of every family.</summary>
public sealed class AdapterSamplingTests
{
    private const double Tolerance = 1e-4;

    public static TheoryData<string> Cases => GoldenFolder.Rows("models");

    [Theory]
    [MemberData(nameof(Cases))]
    public void TorchEngine_AdapterOn_AgreesWithTheTrainingPass(string caseName)
    {
        using Transformer model = Load(caseName);
        using LowRankAdapter adapter = RandomAdapter.Over(model, EveryLayer(model));
        model.Adapter = adapter;
        using var engine = new TorchDecodingEngine(model);
        Compare(caseName, engine, model);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void SimdEngine_AdapterOnAndOff_AgreesWithTheTrainingPass(string caseName)
    {
        using Transformer model = Load(caseName);
        using LowRankAdapter adapter = RandomAdapter.Over(model, model.Config.Head == HeadKind.Tied ? new AdapterConfig() : EveryLayer(model));
        if (!SimdDecodingEngine.Supports(model))
        {
            Assert.NotEqual("llama", model.Config.ModelType);
            return;
        }

        using var engine = new SimdDecodingEngine(model);
        Compare(caseName, engine, model);
        model.Adapter = adapter;
        engine.Refresh();
        Compare(caseName, engine, model);
        model.Adapter = null;
        engine.Refresh();
        Compare(caseName, engine, model);
    }

    [Fact]
    public void SimdEngine_AdapterOnATiedHead_LeavesItToTheTorchEngine()
    {
        using Transformer model = Load("qwen2-bf16");
        using LowRankAdapter adapter = RandomAdapter.Over(model, new AdapterConfig { TargetModules = ["lm_head"] });
        using var engine = new SimdDecodingEngine(model);
        model.Adapter = adapter;
        Assert.False(SimdDecodingEngine.Supports(model));
        Assert.Contains("tied head", Assert.Throws<NotSupportedException>(engine.Refresh).Message, StringComparison.Ordinal);
        using IDecodingEngine other = DecodingEngines.For(model);
        Compare("qwen2-bf16", other, model);
    }

    /// <summary>All linear layers, the head, and the final norm whole.</summary>
    private static AdapterConfig EveryLayer(Transformer model) =>
        new() { Rank = 3, TargetModules = [AdapterConfig.AllLinear, model.Config.Names.Head], ModulesToSave = [model.Config.Names.ModulePath(model.Config.Names.FinalNorm)] };

    private static Transformer Load(string caseName)
    {
        Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", caseName), new LoadOptions { Trainable = false }));
        model.PlannedLength = Math.Min(24, model.Config.MaxPositions);
        return model;
    }

    /// <summary>Next-token log-probs after a prompt, and after one and two more tokens.</summary>
    private static void Compare(string caseName, IDecodingEngine engine, Transformer model)
    {
        int[] sequence = [.. Enumerable.Range(0, 12).Select(i => (7 * i + 3) % model.Config.VocabSize)];
        double[][] expected = LogProbs(model, sequence);
        using IPromptCache prompt = engine.Prefill(sequence[..^2]);
        using IDecodingBatch batch = engine.CreateBatch();
        batch.Add(prompt, rowCount: 2);
        Check(prompt.NextLogits, expected[^3]);
        batch.Step([sequence[^2], sequence[^2]]);
        Check(batch.Logits(1), expected[^2]);
        batch.Step([sequence[^1], sequence[^1]]);
        Check(batch.Logits(0), expected[^1]);

        void Check(ReadOnlySpan<float> logits, double[] values)
        {
            using var scope = NewDisposeScope();
            double[] found = [.. nn.functional.log_softmax(tensor(logits.ToArray()).to(ScalarType.Float64), -1).data<double>()];
            GoldenAssert.Absolute(caseName, "log-probs", values, found, Tolerance);
        }
    }

    private static double[][] LogProbs(Transformer model, int[] sequence)
    {
        using var scope = NewDisposeScope();
        Tensor ids = tensor(sequence.Select(id => (long)id).ToArray()).unsqueeze(0);
        Tensor values = nn.functional.log_softmax(model.Logits(model.Hidden(ids)).squeeze(0).to(ScalarType.Float64), -1);
        return [.. Enumerable.Range(0, sequence.Length).Select(i => values[i].data<double>().ToArray())];
    }
}
