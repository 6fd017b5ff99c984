using AlignService.HuggingFace.Safetensors;
using AlignService.Model.Checkpoints;
using AlignService.Model.LogProbs;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Checkpoints;

/// <summary>Frozen models held in bfloat16 that compute in float32.</summary>
public sealed class HeldDtypeTests
{
    private static readonly LoadOptions Widened = new() { Trainable = false };
    private static readonly LoadOptions Held = Widened with { HeldDtype = ScalarType.BFloat16 };

    public static TheoryData<string> Cases => GoldenFolder.Rows("models");

    public static TheoryData<string> RewardCases => GoldenFolder.Rows("reward-models");

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Golden")]
    public void LogProbs_OfABfloat16File_AreThoseOfTheWidenedModelBitForBit(string caseName)
    {
        using TemporaryFolder folder = new();
        string source = GoldenFolder.CaseFolder("models", caseName);
        using (Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(source, Widened)))
        {
            HuggingFaceCheckpoint.Save(model, source, folder.Path, StoredDtype.BFloat16);
        }

        GoldenJson golden = GoldenJson.Load(Path.Combine(source, "golden.json"), caseName);
        long[][] rows = [.. golden.Matrix("input_ids").Select(row => row.Select(id => (long)id).ToArray())];
        AssertEqualLogProbs(folder.Path, rows);
    }

    [Fact]
    public void LogProbs_OfARealModel_AreThoseOfTheWidenedModelBitForBit() =>
        AssertEqualLogProbs(SharedModels.SmolLm2(), [[.. Enumerable.Range(0, 90).Select(i => 37L * i % 1000)], [.. Enumerable.Range(0, 33).Select(i => 91L * i % 40000)]]);

    [Theory]
    [MemberData(nameof(RewardCases))]
    [Trait("Category", "Golden")]
    public void Scores_OfABfloat16File_AreThoseOfTheWidenedModelBitForBit(string caseName)
    {
        using TemporaryFolder folder = new();
        string source = GoldenFolder.CaseFolder("reward-models", caseName);
        using (RewardModelHead model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadRewardModel(source, Widened)))
        {
            HuggingFaceCheckpoint.SaveRewardModel(model, source, folder.Path, StoredDtype.BFloat16);
        }

        using RewardModelHead widened = HuggingFaceCheckpoint.LoadRewardModel(folder.Path, Widened), held = HuggingFaceCheckpoint.LoadRewardModel(folder.Path, Held);
        Assert.Equal(Scores(widened), Scores(held));
    }

    [Fact]
    public void HeldDtype_OfATrainedModel_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => HuggingFaceCheckpoint.LoadTransformer(GoldenFolder.CaseFolder("models", "llama-gqa"), Held with { Trainable = true }));

    [Fact]
    public void StatesGradient_ThroughAHeldHead_IsThatOfTheWidenedHead()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        Tensor head = randn(40, 8).to(ScalarType.BFloat16);
        float[] widened = StatesGradient(head.to(ScalarType.Float32)), held = StatesGradient(head);
        GoldenAssert.Close("held head", "gradient of the states", [.. widened.Select(value => (double)value)], [.. held.Select(value => (double)value)], 1e-6);

        static float[] StatesGradient(Tensor head)
        {
            random.manual_seed(4);
            Tensor states = randn(6, 8).requires_grad_();
            SelectedLogProbs got = SelectedLogProbs.Compute(states, head, tensor(new long[] { 1, 2, 3, 4, 5, 6 }), new LogitShape(0.8, 5.0, 4));
            (got.Values.sum() + got.Entropies.sum()).backward();
            return states.grad!.data<float>().ToArray();
        }
    }

    private static void AssertEqualLogProbs(string folder, long[][] rows)
    {
        using Transformer widened = HuggingFaceCheckpoint.LoadTransformer(folder, Widened), held = HuggingFaceCheckpoint.LoadTransformer(folder, Held);
        long widenedBytes = Bytes(widened), heldBytes = Bytes(held);
        Assert.True(heldBytes < 0.6 * widenedBytes, $"{heldBytes} bytes are held instead of {widenedBytes}");
        Assert.Equal(LogProbs(widened, rows), LogProbs(held, rows));
    }

    private static float[] LogProbs(Transformer model, long[][] rows)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        int width = rows.Max(row => row.Length);
        Tensor ids = tensor(rows.SelectMany(row => row.Concat(Enumerable.Repeat(0L, width - row.Length))).ToArray(), [rows.Length, width]);
        Tensor hidden = model.Hidden(ids, tensor(rows.Select(row => (long)row.Length).ToArray()));
        long[] predictors = [.. rows.SelectMany((row, i) => Enumerable.Range(0, row.Length - 1).Select(t => (long)(i * width) + t))];
        Tensor states = hidden.view(-1, hidden.size(2)).index_select(0, tensor(predictors));
        SelectedLogProbs got = SelectedLogProbs.Compute(model, states, tensor(rows.SelectMany(row => row.Skip(1)).ToArray()), temperature: 0.9);
        return [.. got.Values.data<float>(), .. got.Entropies.data<float>(), .. model.Logits(states).data<float>().ToArray()];
    }

    private static float[] Scores(RewardModelHead model)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor ids = tensor(new long[] { 1, 2, 3, 4, 5, 6, 0, 0 }, [2, 4]);
        return model.Scores(ids, tensor(new long[] { 4, 2 })).data<float>().ToArray();
    }

    private static long Bytes(Transformer model) => model.NamedParameters().Sum(entry => entry.Parameter.numel() * entry.Parameter.element_size());
}
