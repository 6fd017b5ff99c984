using AlignService.HuggingFace.Architecture;
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
        Compare(caseName, model, engine);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void SimdEngine_GoldenModel_ContinuesAsExpectedOrRefuses(string caseName)
    {
        using Transformer model = Load(caseName);
        if (!SimdDecodingEngine.Supports(model))
        {
            Assert.False(IsPlainLlama(model.Config), "The SIMD engine is for models like this one.");
            Assert.Contains("Use the torch engine", Assert.Throws<NotSupportedException>(() => new SimdDecodingEngine(model)).Message, StringComparison.Ordinal);
            return;
        }

        using var engine = new SimdDecodingEngine(model);
        Compare(caseName, model, engine);
    }

    private static bool IsPlainLlama(TransformerConfig config) => config is { ModelType: "llama", Activation: ActivationKind.Silu, LengthBoundary: null };

    private static Transformer Load(string caseName) =>
        GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", caseName), new LoadOptions()));

    private static void Compare(string caseName, Transformer model, IDecodingEngine engine)
    {
        GoldenJson golden = GoldenJson.Load(Path.Combine(GoldenFolder.CaseFolder("models", caseName), "golden.json"), caseName);
        GoldenAssert.Same(caseName, "end_token_ids", golden.Ints("end_token_ids"), engine.EndTokenIds);

        int[][] prompts = [.. golden.Matrix("input_ids").Select(row => row.Select(id => (int)id).ToArray())];
        int[][] greedy = [.. golden.Matrix("greedy").Select(row => row.Select(id => (int)id).ToArray())];
        for (int i = 0; i < prompts.Length; i++)
        {
            if (model.Config.LengthBoundary is { } boundary)
            {
                // A cache stays on one side of the boundary; the numbers of a row that crosses it are for a forward pass without one.
                model.PlannedLength = prompts[i].Length + GreedyLength;
                Assert.SkipWhen(prompts[i].Length <= boundary && model.PlannedLength > boundary, $"{caseName}: row {i} crosses {boundary} tokens while it is continued");
            }

            using IPromptCache prompt = engine.Prefill(prompts[i]);
            double[] logits = [.. prompt.NextLogits.ToArray().Select(logit => (double)logit)];
            GoldenAssert.Absolute(caseName, $"logits_last[{i}]", golden["logits_last"].Items[i].AsDoubles(), logits, GoldenModel.ValueTolerance);
            GoldenAssert.Same(caseName, $"greedy[{i}]", greedy[i], GreedyDecoding.Continue(engine, [prompts[i]], GreedyLength)[0]);
        }

        if (model.Config.LengthBoundary is { } side && prompts.Select(prompt => prompt.Length > side).Distinct().Count() > 1)
        {
            return; // rows of both sides are no batch
        }

        int[][] together = GreedyDecoding.Continue(engine, prompts, GreedyLength);
        for (int i = 0; i < prompts.Length; i++)
        {
            GoldenAssert.Same(caseName, $"greedy[{i}] in a batch", greedy[i], together[i]);
        }
    }
}
