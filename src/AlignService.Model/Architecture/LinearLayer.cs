using static TorchSharp.torch;

namespace AlignService.Model.Architecture;

/// <summary>y = W x + b.</summary>
/// <param name="weight">[out, in], or [in, out] where <paramref name="transposed"/>.</param>
/// <param name="bias">[out] or null.</param>
/// <param name="transposed">The layout of the weight.</param>
internal sealed class LinearLayer(Tensor weight, Tensor? bias, bool transposed = false)
{
    internal Tensor Apply(Tensor input)
    {
        if (!transposed)
        {
            return nn.functional.linear(input, weight, bias);
        }

        Tensor product = input.matmul(weight);
        return bias is null ? product : product + bias;
    }
}
