using AlignService.Model.Checkpoints;
using AlignService.Testing;
using Xunit;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>Every case of golden/models against the numbers of transformers.</summary>
[Trait("Category", "Golden")]
public sealed class ModelGoldenTests
{
    public static TheoryData<string> Cases => GoldenFolder.Rows("models");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Model_LoadedFromItsDirectory_GivesTheGoldenNumbers(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("models", caseName);
        using Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(folder, new LoadOptions()));
        GoldenJson golden = GoldenJson.Load(Path.Combine(folder, "golden.json"), caseName);
        GoldenAssert.Same(caseName, "end_token_ids", golden.Ints("end_token_ids"), [.. model.Config.EndTokenIds]);
        _ = golden.Double("greedy_margin");

        long[][] rows = [.. golden.Matrix("input_ids").Select(row => row.Select(id => (long)id).ToArray())];
        GoldenForward.CompareForward(caseName, golden, model, rows);
        GoldenForward.CompareGreedy(caseName, golden, model, rows);
        GoldenForward.CompareGradient(caseName, golden["gradient"], model, rows);
        golden.AssertAllRead();
    }
}
