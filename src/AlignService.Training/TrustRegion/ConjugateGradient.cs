using static TorchSharp.torch;

namespace AlignService.Training.TrustRegion;

/// <summary>Solves A x = b for a symmetric positive matrix that is known by its products alone (Hestenes and Stiefel, 1952).</summary>
internal static class ConjugateGradient
{
    /// <summary>The squared norm of the residual at which the solution is good enough.</summary>
    public const double Residual = 1e-10;

    /// <param name="product">v to A v; the result is the caller's, and disposed here.</param>
    /// <param name="target">[P] b.</param>
    /// <param name="iterations">At most so many products.</param>
    /// <returns>[P] x, from the start 0.</returns>
    public static Tensor Solve(Func<Tensor, Tensor> product, Tensor target, int iterations)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor solution = zeros_like(target), residual = target.clone(), direction = target.clone();
        double squared = Dot(residual, residual);
        for (int i = 0; i < iterations && squared > Residual; i++)
        {
            using Tensor turned = product(direction);
            double length = squared / Dot(direction, turned);
            solution.add_(direction, length);
            residual.add_(turned, -length);
            double next = Dot(residual, residual);
            direction.mul_(next / squared).add_(residual);
            squared = next;
        }

        return solution.MoveToOuterDisposeScope();
    }

    /// <summary>Summed in double.</summary>
    internal static double Dot(Tensor left, Tensor right)
    {
        using var scope = NewDisposeScope();
        return (left * right).sum(ScalarType.Float64).item<double>();
    }
}
