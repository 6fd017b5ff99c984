using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Layers;

/// <summary>y = W x + b, and what an adapter adds to it. A weight that is held in a narrower dtype than the model computes in is widened during the product.</summary>
/// <param name="weight">[out, in], or [in, out] where <paramref name="transposed"/>.</param>
/// <param name="bias">[out] or null.</param>
/// <param name="transposed">The layout of the weight.</param>
/// <param name="update">The active adapter's; null: none.</param>
internal sealed class LinearLayer(Tensor weight, Tensor? bias, bool transposed = false, LowRankUpdate? update = null)
{
    internal Tensor Apply(Tensor input)
    {
        Tensor output = Base(input);
        return update is null ? output : update.AddTo(output, input);
    }

    private Tensor Base(Tensor input)
    {
        if (weight.dtype == input.dtype)
        {
            return Multiply(input, weight);
        }

        using Tensor widened = weight.to(input.dtype);
        return Multiply(input, widened);
    }

    private Tensor Multiply(Tensor input, Tensor matrix)
    {
        if (!transposed)
        {
            return nn.functional.linear(input, matrix, bias);
        }

        Tensor product = input.matmul(matrix);
        return bias is null ? product : product + bias;
    }
}
