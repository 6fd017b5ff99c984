using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Decoding;
using AlignService.Model.Decoding.Simd;
using AlignService.Model.Decoding.Torch;
using AlignService.Model.Tests.Checkpoints;
using AlignService.Testing;
using Xunit;

namespace AlignService.Model.Tests.Decoding;

/// <summary>Both engines against the numbers of transformers, prompt by prompt and with all prompts of a case in one batch.</summary>
[Trait("Category", "Golden")]
public sealed class EngineGoldenTests
{
    private const int GreedyLength = 16;

    public static TheoryData<string> Cases => GoldenFolder.Rows("models");

    [Theory]
    [MemberData(nameof(Cases))]
    public void TorchEngine_GoldenModel_ContinuesAsExpected(string caseName)
    {
        using Transformer model = Load(caseName);
        using var engine = new TorchDecodingEngine(model);
        Compare(caseName, engine);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void SimdEngine_GoldenModel_ContinuesAsExpectedOrRefuses(string caseName)
    {
        using Transformer model = Load(caseName);
        if (!SimdDecodingEngine.Supports(model))
        {
            Assert.NotEqual("llama", model.Config.ModelType);
            Assert.Contains("Use the torch engine", Assert.Throws<NotSupportedException>(() => new SimdDecodingEngine(model)).Message, StringComparison.Ordinal);
            return;
        }

        using var engine = new SimdDecodingEngine(model);
        Compare(caseName, engine);
    }

    private static Transformer Load(string caseName) =>
        GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", caseName), new LoadOptions()));

    private static void Compare(string caseName, IDecodingEngine engine)
    {
        GoldenJson golden = GoldenJson.Load(Path.Combine(GoldenFolder.CaseFolder("models", caseName), "golden.json"), caseName);
        GoldenAssert.Same(caseName, "end_token_ids", golden.Ints("end_token_ids"), engine.EndTokenIds);

        int[][] prompts = [.. golden.Matrix("input_ids").Select(row => row.Select(id => (int)id).ToArray())];
        int[][] greedy = [.. golden.Matrix("greedy").Select(row => row.Select(id => (int)id).ToArray())];
        for (int i = 0; i < prompts.Length; i++)
        {
            using IPromptCache prompt = engine.Prefill(prompts[i]);
            double[] logits = [.. prompt.NextLogits.ToArray().Select(logit => (double)logit)];
            GoldenAssert.Absolute(caseName, $"logits_last[{i}]", golden["logits_last"].Items[i].AsDoubles(), logits, GoldenModel.ValueTolerance);
            GoldenAssert.Same(caseName, $"greedy[{i}]", greedy[i], GreedyDecoding.Continue(engine, [prompts[i]], GreedyLength)[0]);
        }

        int[][] together = GreedyDecoding.Continue(engine, prompts, GreedyLength);
        for (int i = 0; i < prompts.Length; i++)
        {
            GoldenAssert.Same(caseName, $"greedy[{i}] in a batch", greedy[i], together[i]);
        }
    }
}
