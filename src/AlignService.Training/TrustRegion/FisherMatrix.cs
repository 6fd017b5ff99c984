using AlignService.Specs.Examples;
using static TorchSharp.torch;

namespace AlignService.Training.TrustRegion;

/// <summary>
/// The second derivative H of the mean KL at the current weights, through its products: H v is the gradient of (gradient of KL . v), by differentiating twice.
/// If all rows fit into one pass, the graph of the first derivative is built once and kept for every product. The weights must not change in between.
/// </summary>
/// <param name="divergence">The KL.</param>
/// <param name="parameters">The parameters to differentiate by.</param>
/// <param name="rows">Whose completion tokens are averaged over.</param>
/// <param name="cancellationToken">Checked between passes.</param>
internal sealed class FisherMatrix(PolicyKl divergence, ParameterVector parameters, IReadOnlyList<TokenSequence> rows, CancellationToken cancellationToken) : IDisposable
{
    private readonly int[][] _parts = [.. divergence.Split(rows)];
    private readonly int _tokenCount = Math.Max(1, rows.Sum(row => row.CompletionIds.Count));
    private Tensor?[]? _kept;

    /// <param name="vector">[P] v.</param>
    /// <returns>[P] H v.</returns>
    public Tensor Multiply(Tensor vector)
    {
        using var scope = NewDisposeScope();
        using var gradients = enable_grad();
        Tensor product = zeros_like(vector, requires_grad: false);
        foreach (int[] part in _parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var partScope = NewDisposeScope();
            bool keeps = _parts.Length == 1;
            Tensor?[] first = keeps ? _kept ??= [.. FirstDerivative(part).Select(tensor => tensor?.DetachFromDisposeScope())] : FirstDerivative(part);
            Tensor slope = stack([.. first.Zip(parameters.Split(vector)).Where(pair => pair.First is not null).Select(pair => (pair.First! * pair.Second).sum())]).sum();
            IList<Tensor> second = autograd.grad([slope], [.. parameters.Parameters], retain_graph: keeps, allow_unused: true);
            using var noGrad = no_grad();
            product.add_(parameters.Flatten([.. second]));
        }

        return product.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (Tensor? tensor in _kept ?? [])
        {
            tensor?.Dispose();
        }
    }

    /// <summary>Zero at these weights, but with a dependence on them.</summary>
    private Tensor?[] FirstDerivative(int[] part)
    {
        using var scope = NewDisposeScope();
        Tensor kl = divergence.FromHere([.. part.Select(row => rows[row])]).sum() / _tokenCount;
        IList<Tensor> first = autograd.grad([kl], [.. parameters.Parameters], retain_graph: true, create_graph: true, allow_unused: true);
        return [.. first.Select(tensor => tensor?.MoveToOuterDisposeScope())];
    }
}

/// <summary>Solves A x = b for a symmetric positive matrix that is only known through its products (Hestenes and Stiefel, 1952).</summary>
internal static class ConjugateGradient
{
    /// <summary>The squared norm of the residual at which the solution is good enough.</summary>
    public const double Residual = 1e-10;

    /// <param name="product">Maps v to A v; the result is disposed here.</param>
    /// <param name="target">[P] b.</param>
    /// <param name="iterations">Maximum number of products.</param>
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
