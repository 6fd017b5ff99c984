using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Examples;
using AlignService.Testing;
using AlignService.Training.Batches;
using AlignService.Training.Tests.Fakes;
using AlignService.Training.Tests.Losses;
using AlignService.Training.TrustRegion;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.TrustRegion;

public sealed class FisherMatrixTests : IDisposable
{
    private const double Temperature = 0.8;
    private const double Step = 1e-4; // of the finite differences, over a vector of norm 1
    private const double DifferenceError = 1e-6; // third derivatives times the squared step, and double's rounding over the step

    private static readonly TokenSequence[] Rows = [new([1, 5, 9], [7, 9, 2]), new([1, 6], [8, 12, 33, 4]), new([1, 6], [2])];

    private readonly Transformer _policy = HuggingFaceCheckpoint.LoadTransformer(TinyRun.Model, new LoadOptions { Dtype = ScalarType.Float64 });
    private readonly ParameterVector _parameters;

    public FisherMatrixTests() => _parameters = new([.. _policy.NamedParameters().Select(entry => entry.Parameter)]);

    public static TheoryData<string> Families => GoldenFolder.Rows("models");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public void Multiply_IsTheFiniteDifferenceOfTheGradient(int? rowsInAPass)
    {
        using var scope = NewDisposeScope();
        PolicyKl divergence = Divergence(rowsInAPass);
        Tensor vector = Direction(3);
        Tensor old = divergence.LogDistributions(Rows).detach();

        Tensor got = Multiply(divergence, vector);

        Tensor expected = (Gradient(divergence, old, vector * Step) - Gradient(divergence, old, -vector * Step)) / (2 * Step);
        double scale = expected.norm().Value(), error = (got - expected).norm().Value();
        Assert.True(scale > 1e-4, $"the curvature along the vector is {scale}: nothing to compare");
        Assert.True(error < DifferenceError * Math.Max(1, scale), $"norm {scale}, error {error}");
        Assert.False(_policy.TwiceDifferentiable);
    }

    [Fact]
    public void Multiply_IsSymmetricAndNeverNegative()
    {
        using var scope = NewDisposeScope();
        PolicyKl divergence = Divergence(null);
        Tensor left = Direction(1), right = Direction(2);

        Tensor ofLeft = Multiply(divergence, left), ofRight = Multiply(divergence, right);

        Assert.Equal(ConjugateGradient.Dot(left, ofRight), ConjugateGradient.Dot(right, ofLeft), 1e-12);
        Assert.True(ConjugateGradient.Dot(left, ofLeft) > 0);
    }

    [Fact]
    public void Mean_ASmallMove_IsHalfItsCurvature()
    {
        using var scope = NewDisposeScope();
        PolicyKl divergence = Divergence(2);
        Tensor old = _parameters.Read(), move = Direction(4) * 1e-3;
        double model = 0.5 * ConjugateGradient.Dot(move, Multiply(divergence, move));

        _parameters.Write(old + move);
        double kl = divergence.Mean(Rows, old, Token);

        Assert.True(Math.Abs(kl - model) < 0.01 * model, $"the KL is {kl}, its quadratic model {model}");
        Assert.Equal((old + move).Values(), _parameters.Read().Values());
        Assert.Equal(0, divergence.Mean(Rows, old + move, Token), 1e-12);
    }

    /// <summary>Every operation of every family has a second derivative.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Multiply_EveryFamily_IsTheCurvatureOfTheTrueKl(string family)
    {
        using var scope = NewDisposeScope();
        string folder = GoldenFolder.CaseFolder("models", family);
        using Transformer policy = HuggingFaceCheckpoint.LoadTransformer(folder, new LoadOptions { Dtype = ScalarType.Float64 });
        GoldenJson golden = GoldenJson.Load(Path.Combine(folder, "golden.json"), family);
        TokenSequence[] rows = [.. golden["input_ids"].Items.Select(ids => ids.AsDoubles().Select(id => (int)id).ToArray()).Select(ids => new TokenSequence(ids[..4], ids[4..]))];
        ParameterVector parameters = new([.. policy.NamedParameters().Select(entry => entry.Parameter)]);
        PolicyKl divergence = new(policy, parameters, new MicroBatchPlan(null, 4096), Temperature);
        Tensor old = parameters.Read(), move = Direction(5, old.size(0)) * 1e-3;

        double model = 0.5 * ConjugateGradient.Dot(move, Multiply(divergence, parameters, rows, move));
        parameters.Write(old + move);
        double kl = divergence.Mean(rows, old, Token);

        Assert.True(Math.Abs(kl - model) < 0.02 * model, $"the KL is {kl}, its quadratic model {model}");
    }

    public void Dispose() => _policy.Dispose();

    private PolicyKl Divergence(int? rowsInAPass) => new(_policy, _parameters, new MicroBatchPlan(rowsInAPass, 4096), Temperature);

    private Tensor Multiply(PolicyKl divergence, Tensor vector) => Multiply(divergence, _parameters, Rows, vector);

    private static Tensor Multiply(PolicyKl divergence, ParameterVector parameters, TokenSequence[] rows, Tensor vector)
    {
        using FisherMatrix fisher = new(divergence, parameters, rows, Token);
        using Tensor first = fisher.Multiply(vector * 2); // what is kept of it must not change the next one
        return fisher.Multiply(vector);
    }

    /// <summary>The gradient of KL(old || present) some way off.</summary>
    private Tensor Gradient(PolicyKl divergence, Tensor old, Tensor move)
    {
        Tensor start = _parameters.Read();
        _parameters.Write(start + move);
        PolicyKl.Divergence(old, divergence.LogDistributions(Rows)).mean().backward();
        _parameters.Write(start);
        return _parameters.TakeGradient();
    }

    private Tensor Direction(ulong seed) => Direction(seed, _parameters.Read().size(0));

    private static Tensor Direction(ulong seed, long size)
    {
        using var generator = new Generator(seed, CPU);
        Tensor direction = randn(size, dtype: ScalarType.Float64, generator: generator);
        return direction / direction.norm();
    }
}
