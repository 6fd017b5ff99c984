using AlignService.Training.Tests.Losses;
using AlignService.Training.TrustRegion;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.TrustRegion;

public sealed class ConjugateGradientTests
{
    private static readonly double[,] Matrix = { { 4, 1, 0 }, { 1, 3, -1 }, { 0, -1, 2 } };

    [Fact]
    public void Solve_SmallSystem_IsExactAfterAsManyStepsAsItHasRows()
    {
        using var scope = NewDisposeScope();
        Tensor matrix = tensor(Matrix, dtype: ScalarType.Float64), solution = tensor([1.0, -2, 0.5], dtype: ScalarType.Float64);

        Tensor got = ConjugateGradient.Solve(matrix.matmul, matrix.matmul(solution), iterations: 3);

        Assert.Equal([1.0, -2, 0.5], got.Values(), (expected, value) => Math.Abs(expected - value) < 1e-9); // the residual at which it stops, over the smallest eigenvalue
    }

    [Fact]
    public void Solve_FewerSteps_GoesDownhillFromTheTarget()
    {
        using var scope = NewDisposeScope();
        Tensor matrix = tensor(Matrix, dtype: ScalarType.Float64), target = tensor([1.0, 2, 3], dtype: ScalarType.Float64);

        double[] errors = [.. Enumerable.Range(0, 4).Select(count =>
        {
            Tensor x = ConjugateGradient.Solve(matrix.matmul, target, count);
            return (0.5 * x.dot(matrix.matmul(x)) - x.dot(target)).Value();
        })];

        Assert.Equal(0, errors[0]);
        Assert.All(Enumerable.Range(1, 3), i => Assert.True(errors[i] < errors[i - 1], $"step {i} went from {errors[i - 1]} to {errors[i]}"));
    }

    [Fact]
    public void Solve_SolvedAlready_AsksForNoProduct()
    {
        using var scope = NewDisposeScope();
        Tensor target = tensor([1e-6, 0], dtype: ScalarType.Float64);

        Assert.Equal([0, 0], ConjugateGradient.Solve(_ => throw new InvalidOperationException("asked"), target, 10).Values());
    }
}
