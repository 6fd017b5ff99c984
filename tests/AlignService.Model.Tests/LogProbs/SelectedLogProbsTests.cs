using AlignService.Model.LogProbs;
using AlignService.Testing;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Model.Tests.LogProbs;

public sealed class SelectedLogProbsTests
{
    private const double GoldenDouble = 1e-9; // golden/README-algorithms.md
    private const double GoldenFloat = 2e-6;

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

    [Fact]
    public void Compute_FiniteDifferences_AgreeWithTheBackwardPass()
    {
        const double Step = 1e-6;
        using var scope = NewDisposeScope();
        (Tensor hidden, Tensor head, Tensor tokens) = RandomCase(5, 4, 9, ScalarType.Float64);

        double Loss(Tensor states)
        {
            using var noGrad = no_grad();
            SelectedLogProbs result = SelectedLogProbs.Compute(states, head, tokens, new LogitShape(1.3, null, 2));
            return (result.Values.sum() + 0.5 * result.Entropies.sum()).item<double>();
        }

        SelectedLogProbs got = SelectedLogProbs.Compute(hidden, head, tokens, new LogitShape(1.3, null, 2));
        (got.Values.sum() + 0.5 * got.Entropies.sum()).backward();

        double[] states = Values(hidden), gradient = Values(hidden.grad!);
        for (int i = 0; i < states.Length; i++)
        {
            double Moved(double by) => Loss(tensor(states.Select((value, k) => k == i ? value + by : value).ToArray(), [5, 4]));
            GoldenAssert.Absolute("finite differences", $"state {i}", (Moved(Step) - Moved(-Step)) / (2 * Step), gradient[i], 1e-8);
        }
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
