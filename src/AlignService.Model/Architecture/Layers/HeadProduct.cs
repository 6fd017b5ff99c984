using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Layers;

/// <summary>
/// States times a head's weight, some rows of the vocabulary at a time, so a head held in a narrower dtype is never widened as a whole. The parts are the same whatever
/// the head's dtype, and so are the numbers, bit for bit. Without gradient.
/// </summary>
internal static class HeadProduct
{
    /// <summary>Bytes of widened rows, in float32.</summary>
    private const long PartBytes = 32L << 20;

    /// <summary>Rows of a part are a multiple of this, as many as kernels compute at once.</summary>
    private const long RowAlignment = 64;

    /// <param name="states">[..., C].</param>
    /// <param name="weight">[V, C], in the dtype of the states or a narrower one.</param>
    /// <returns>[..., V] in the dtype of the states.</returns>
    internal static Tensor Of(Tensor states, Tensor weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long vocabulary = weight.size(0);
        Tensor rows = states.reshape(-1, weight.size(1));
        Tensor product = empty(rows.size(0), vocabulary, dtype: states.dtype, device: states.device);
        foreach ((long first, long count) in Parts(weight))
        {
            using var partScope = NewDisposeScope();
            Tensor part = weight.narrow(0, first, count).to(states.dtype); // [v, C]
            product.narrow(1, first, count).addmm_(rows, part.t(), beta: 0, alpha: 1);
        }

        return product.view([.. states.shape[..^1], vocabulary]).MoveToOuterDisposeScope();
    }

    /// <summary>The gradient of the states: the gradient of the product, [n, V], times the weight.</summary>
    internal static Tensor StatesGradient(Tensor productGradient, Tensor weight)
    {
        if (weight.dtype == productGradient.dtype)
        {
            return productGradient.matmul(weight);
        }

        using var scope = NewDisposeScope();
        Tensor gradient = zeros(productGradient.size(0), weight.size(1), dtype: productGradient.dtype, device: productGradient.device);
        foreach ((long first, long count) in Parts(weight))
        {
            using var partScope = NewDisposeScope();
            gradient.addmm_(productGradient.narrow(1, first, count), weight.narrow(0, first, count).to(productGradient.dtype));
        }

        return gradient.MoveToOuterDisposeScope();
    }

    private static IEnumerable<(long First, long Count)> Parts(Tensor weight)
    {
        long vocabulary = weight.size(0);
        long most = Math.Max(RowAlignment, PartBytes / (sizeof(float) * weight.size(1)) / RowAlignment * RowAlignment);
        for (long first = 0; first < vocabulary; first += most)
        {
            yield return (first, Math.Min(most, vocabulary - first));
        }
    }
}
