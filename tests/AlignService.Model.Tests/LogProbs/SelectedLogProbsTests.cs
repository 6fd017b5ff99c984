using AlignService.Model.Checkpoints;
using AlignService.Model.LogProbs;
using AlignService.Model.Tests.Architecture;
using AlignService.Model.Tests.Checkpoints;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Model.Tests.LogProbs;

public sealed class SelectedLogProbsTests
{
    private const double GoldenDouble = 1e-9; // golden/README-algorithms.md
    private const double GoldenFloat = 2e-6;

    public static TheoryData<string> Models => GoldenFolder.Rows("models");

    public static TheoryData<string> Rows => GoldenFolder.AlgorithmRows("sampling.json", "log_probs");

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Compute_GoldenCaseInDouble_GivesLogProbsEntropiesAndGradient(string row) => Check(row, ScalarType.Float64, GoldenDouble);

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Compute_GoldenCaseInFloat_GivesLogProbsEntropiesAndGradient(string row) => Check(row, ScalarType.Float32, GoldenFloat);

    [Theory]
    [InlineData(1, null)]
    [InlineData(3, null)]
    [InlineData(16, null)]
    [InlineData(64, null)]
    [InlineData(3, 2.0)]
    [InlineData(64, 30.0)]
    public void Compute_AnyChunk_GivesTheUnchunkedGradient(int chunkRows, double? softcap)
    {
        using var scope = NewDisposeScope();
        (Tensor hidden, Tensor head, Tensor tokens) = RandomCase(16, 8, 50, ScalarType.Float64);
        Tensor logProbWeights = randn(16, dtype: ScalarType.Float64);
        Tensor entropyWeights = randn(16, dtype: ScalarType.Float64);

        SelectedLogProbs chunked = SelectedLogProbs.Compute(hidden, head, tokens, new LogitShape(0.7, softcap, chunkRows));
        (chunked.Values * logProbWeights + chunked.Entropies * entropyWeights).sum().backward();
        double[] hiddenGradient = Values(hidden.grad!), headGradient = Values(head.grad!);

        hidden.grad!.zero_();
        head.grad!.zero_();
        Tensor logits = hidden.matmul(head.t());
        logits = softcap is double cap ? (logits / cap).tanh() * cap : logits;
        Tensor distribution = nn.functional.log_softmax(logits / 0.7, -1);
        Tensor plain = distribution.gather(1, tokens.unsqueeze(1)).squeeze(1);
        Tensor entropies = -(distribution.exp() * distribution).sum(1);
        (plain * logProbWeights + entropies * entropyWeights).sum().backward();

        GoldenAssert.Close("chunked", "log-probs", Values(plain), Values(chunked.Values), 1e-12);
        GoldenAssert.Close("chunked", "entropies", Values(entropies), Values(chunked.Entropies), 1e-12);
        GoldenAssert.Close("chunked", "gradient of the states", Values(hidden.grad!), hiddenGradient, 1e-12);
        GoldenAssert.Close("chunked", "gradient of the head", Values(head.grad!), headGradient, 1e-12);
    }

    [Theory]
    [InlineData(1.3, null, 0.0)]
    [InlineData(1.3, null, 0.5)]
    [InlineData(0.6, 2.0, 0.0)]
    [InlineData(0.6, 2.0, -0.7)]
    public void Compute_FiniteDifferences_AgreeWithTheBackwardPass(double temperature, double? softcap, double entropyWeight)
    {
        using var scope = NewDisposeScope();
        (Tensor hidden, Tensor head, Tensor tokens) = RandomCase(5, 4, 9, ScalarType.Float64);
        Tensor Loss()
        {
            SelectedLogProbs result = SelectedLogProbs.Compute(hidden, head, tokens, new LogitShape(temperature, softcap, 2));
            return result.Values.sum() + (entropyWeight * result.Entropies.sum());
        }

        Loss().backward();

        FiniteDifferences.Check("states", hidden, count: 20, () => Loss().item<double>());
        FiniteDifferences.Check("head", head, count: 36, () => Loss().item<double>());
    }

    /// <summary>All parameters of every family, against autograd through the whole logits, in float64.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    [Trait("Category", "Golden")]
    public void Compute_EveryGoldenModel_GivesTheUnchunkedGradients(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("models", caseName);
        using Transformer model = GoldenModel.LoadOrSkip(() => HuggingFaceCheckpoint.LoadTransformer(folder, new LoadOptions { Dtype = ScalarType.Float64 }));
        long[] row = [.. GoldenJson.Load(Path.Combine(folder, "golden.json"), caseName).Matrix("input_ids")[0].Select(id => (long)id)];
        using Tensor input = tensor(row[..^1]).unsqueeze(0), tokens = tensor(row[1..]);

        Dictionary<string, double[]> chunked = Gradients(model, states =>
            SelectedLogProbs.Compute(states, model.HeadWeight, tokens, new LogitShape(0.8, model.Config.LogitSoftcap, 3)), input);
        Dictionary<string, double[]> whole = Gradients(model, states =>
        {
            Tensor distribution = nn.functional.log_softmax(model.Logits(states) / 0.8, -1);
            return new(distribution.gather(1, tokens.unsqueeze(1)).squeeze(1), -(distribution.exp() * distribution).sum(1));
        }, input);

        Assert.Equal(whole.Keys, chunked.Keys);
        Assert.All(whole, entry => GoldenAssert.Close(caseName, entry.Key, entry.Value, chunked[entry.Key], 1e-9));
    }

    [Fact]
    public void Compute_FrozenHead_GivesItNoGradient()
    {
        using var scope = NewDisposeScope();
        (Tensor hidden, Tensor head, Tensor tokens) = RandomCase(5, 4, 9, ScalarType.Float32);
        head.requires_grad_(false);

        SelectedLogProbs.Compute(hidden, head, tokens, 1).Values.sum().backward();

        Assert.NotNull(hidden.grad);
        Assert.Null(head.grad);
    }

    private static Dictionary<string, double[]> Gradients(Transformer model, Func<Tensor, SelectedLogProbs> compute, Tensor input)
    {
        using var scope = NewDisposeScope();
        SelectedLogProbs got = compute(model.Hidden(input).squeeze(0));
        (got.Values.sum() + (0.3 * got.Entropies.sum())).backward();
        Dictionary<string, double[]> gradients = [];
        foreach (var (name, parameter) in model.NamedParameters())
        {
            if (parameter.grad is { } gradient)
            {
                gradients.Add(name, Values(gradient));
                parameter.grad = null;
            }
        }

        return gradients;
    }

    private static void Check(string row, ScalarType dtype, double tolerance)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("sampling.json", row);
        using var scope = NewDisposeScope();
        double[][] rows = golden.Matrix("logits");

        // An identity as head makes the states the logits.
        Tensor logits = tensor(rows.SelectMany(values => values).ToArray(), [rows.Length, rows[0].Length], dtype: dtype).requires_grad_();
        Tensor head = eye(rows[0].Length, dtype: dtype);
        Tensor tokens = tensor(golden.Ints("tokens"), dtype: ScalarType.Int64);

        SelectedLogProbs got = SelectedLogProbs.Compute(logits, head, tokens, golden.Double("temperature"));
        got.Values.sum().backward();

        GoldenJson expected = golden["expected"];
        GoldenAssert.Close(row, "log_probs", expected.Doubles("log_probs"), Values(got.Values), tolerance);
        GoldenAssert.Close(row, "entropy", expected.Doubles("entropy"), Values(got.Entropies), tolerance);
        GoldenAssert.Close(row, "gradient", [.. expected.Matrix("gradient").SelectMany(values => values)], Values(logits.grad!), tolerance);
        golden.AssertAllRead();
    }

    private static (Tensor Hidden, Tensor Head, Tensor Tokens) RandomCase(int rowCount, int width, int vocabularySize, ScalarType dtype)
    {
        random.manual_seed(5);
        return (randn(rowCount, width, dtype: dtype).requires_grad_(), randn(vocabularySize, width, dtype: dtype).requires_grad_(), randint(0, vocabularySize, rowCount, dtype: ScalarType.Int64));
    }

    private static double[] Values(Tensor tensor) => tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
}
