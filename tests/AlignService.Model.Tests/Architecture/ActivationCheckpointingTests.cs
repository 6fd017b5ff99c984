using AlignService.HuggingFace.Adapters;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.LogProbs;
using AlignService.Model.Tests.Checkpoints;
using AlignService.Testing;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.Architecture;

public sealed class ActivationCheckpointingTests
{
    public static TheoryData<string> Cases => GoldenFolder.Rows("models");

    public static TheoryData<string> Variants => [.. TinyModel.Variants.Keys];

    /// <summary>Rows of different lengths in one padded batch, and log-probs and entropies that both carry gradient.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Category", "Golden")]
    public void Gradients_EveryGoldenModel_AreBitEqualToThePlainOnes(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("models", caseName);
        using Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(folder, new LoadOptions()));
        GoldenJson golden = GoldenJson.Load(Path.Combine(folder, "golden.json"), caseName);
        long[][] rows = [.. golden.Matrix("input_ids").Select(row => row.Select(id => (long)id).ToArray())];

        Dictionary<string, float[]> plain = Gradients(model, rows);
        model.ActivationCheckpointing = true;
        AssertSame(plain, Gradients(model, rows));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Gradients_EveryPart_AgreeWithFiniteDifferences(string variant)
    {
        using Transformer model = HuggingFaceCheckpoint.CreateRandom(TinyModel.Variants[variant], seed: 3, new LoadOptions { Dtype = ScalarType.Float64 });
        model.ActivationCheckpointing = true;
        long[][] rows = [[1, 2, 3, 4, 5, 6], [7, 8, 9]];
        BackPropagate(model, rows);
        foreach (var (name, parameter) in model.NamedParameters())
        {
            FiniteDifferences.Check($"{variant}, {name}", parameter, count: 3, () =>
            {
                using var noGrad = no_grad();
                using var scope = NewDisposeScope();
                return Loss(model, rows).item<double>();
            });
        }
    }

    [Fact]
    public void Gradients_OfTwoPassesTogether_AreThoseOfThePlainPasses()
    {
        using Transformer model = TinyModel.Create(TinyModel.Llama);
        long[][] first = [[1, 2, 3, 4, 5, 6], [7, 8, 9]], second = [[9, 8, 7]];

        Dictionary<string, float[]> plain = Gradients(model, first, second);
        model.ActivationCheckpointing = true;
        AssertSame(plain, Gradients(model, first, second));
    }

    [Fact]
    public void Backward_AfterTheTablesHaveGrown_RepeatsItsOwnPass()
    {
        long[] shortRow = [1, 2, 3, 4], longRow = [.. Enumerable.Range(0, 300).Select(i => i % 50L)];
        using Transformer model = TinyModel.Create(TinyModel.Llama with { MaxPositions = 512, Layers = [new(TinyModel.Rope, 3), new(TinyModel.Rope)] });
        Dictionary<string, float[]> plain = Gradients(model, [shortRow]);

        model.ActivationCheckpointing = true;
        using (NewDisposeScope())
        {
            Tensor loss = Loss(model, [shortRow]);
            using (no_grad())
            {
                model.Hidden(tensor(longRow).unsqueeze(0));
            }

            loss.backward();
        }

        AssertSame(plain, TakeGradients(model.NamedParameters()));
    }

    [Fact]
    public void Hidden_WithoutGradient_IsThePlainOne()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Transformer model = TinyModel.Create(TinyModel.Llama);
        Tensor ids = tensor(new long[] { 1, 2, 3, 4 }).unsqueeze(0);
        Tensor plain = model.Hidden(ids);
        model.ActivationCheckpointing = true;
        Tensor again = model.Hidden(ids);
        Assert.False(again.requires_grad);
        Assert.Equal(plain.data<float>().ToArray(), again.data<float>().ToArray());
    }

    /// <summary>The base is frozen, matrices in bfloat16 or not; dropout's key is gone by the time of the backward pass.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_OfAnAdapterWithDropout_AreBitEqualToThePlainOnes(bool heldNarrow)
    {
        using Transformer model = HuggingFaceCheckpoint.LoadTransformer(
            GoldenFolder.CaseFolder("models", "llama-gqa"), new LoadOptions { Trainable = false, HeldDtype = heldNarrow ? ScalarType.BFloat16 : null });
        using LowRankAdapter adapter = LowRankAdapter.Create(model, new AdapterConfig { Rank = 4, Dropout = 0.3 }, seed: 5);
        using (no_grad())
        {
            Assert.All(adapter.NamedParameters(), entry => entry.Parameter.add_(0.05)); // B starts at 0, and with it A's gradient
        }

        model.Adapter = adapter;
        long[][] rows = [[1, 2, 3, 4, 5, 6], [7, 8, 9]];

        Dictionary<string, float[]> Trained(bool checkpointing)
        {
            model.ActivationCheckpointing = checkpointing;
            using var scope = NewDisposeScope();
            adapter.PassKey = 11;
            Tensor loss = Loss(model, rows);
            adapter.PassKey = null;
            loss.backward();
            return TakeGradients(adapter.NamedParameters());
        }

        Dictionary<string, float[]> plain = Trained(checkpointing: false);
        Assert.Equal(adapter.NamedParameters().Count(), plain.Count);
        AssertSame(plain, Trained(checkpointing: true));
    }

    [Fact]
    public void Gradients_WithAFrozenEmbedding_StillReachTheFirstBlock()
    {
        using Transformer model = TinyModel.Create(TinyModel.Llama);
        model.NamedParameters().First().Parameter.requires_grad_(false);
        long[][] rows = [[1, 2, 3, 4, 5, 6], [7, 8, 9]];

        Dictionary<string, float[]> plain = Gradients(model, rows);
        model.ActivationCheckpointing = true;
        Dictionary<string, float[]> checkpointed = Gradients(model, rows);

        Assert.All(model.NamedParameters().Skip(1), entry => Assert.Contains(entry.Name, checkpointed));
        AssertSame(plain, checkpointed);
    }

    private static Dictionary<string, float[]> Gradients(Transformer model, params long[][][] batches)
    {
        foreach (long[][] rows in batches)
        {
            BackPropagate(model, rows);
        }

        return TakeGradients(model.NamedParameters());
    }

    private static void BackPropagate(Transformer model, long[][] rows)
    {
        using var scope = NewDisposeScope();
        Loss(model, rows).backward();
    }

    /// <summary>Log-probs and entropies of the rows' tokens, padded into one batch.</summary>
    private static Tensor Loss(Transformer model, long[][] rows)
    {
        int width = rows.Max(row => row.Length);
        Tensor ids = tensor(rows.SelectMany(row => row.Concat(Enumerable.Repeat(0L, width - row.Length))).ToArray(), [rows.Length, width]);
        Tensor lengths = tensor(rows.Select(row => (long)row.Length).ToArray());
        long[] predictors = [.. rows.SelectMany((row, i) => Enumerable.Range(0, row.Length - 1).Select(t => (long)(i * width) + t))];
        Tensor hidden = model.Hidden(ids, lengths);
        Tensor states = hidden.view(-1, hidden.size(2)).index_select(0, tensor(predictors));
        SelectedLogProbs got = SelectedLogProbs.Compute(model, states, tensor(rows.SelectMany(row => row.Skip(1)).ToArray()), temperature: 0.9);
        return got.Values.sum() + (0.1 * got.Entropies.sum());
    }

    private static Dictionary<string, float[]> TakeGradients(IEnumerable<(string Name, Parameter Parameter)> parameters)
    {
        Dictionary<string, float[]> gradients = [];
        foreach (var (name, parameter) in parameters)
        {
            using Tensor? gradient = parameter.grad;
            if (gradient is not null)
            {
                gradients.Add(name, gradient.data<float>().ToArray());
                parameter.grad = null;
            }
        }

        return gradients;
    }

    private static void AssertSame(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        foreach ((string name, float[] values) in expected)
        {
            int differing = values.Zip(actual[name]).Count(pair => BitConverter.SingleToUInt32Bits(pair.First) != BitConverter.SingleToUInt32Bits(pair.Second));
            Assert.True(differing == 0, $"{name}: {differing} of {values.Length} numbers differ");
        }
    }
}
