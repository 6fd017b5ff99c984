using AlignService.Model.Native;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Layers;

internal interface INorm
{
    /// <summary>Normalizes over the last dimension.</summary>
    Tensor Apply(Tensor input);
}

/// <param name="weight">[C].</param>
/// <param name="epsilon">Added to the mean square.</param>
/// <param name="plusOne">Multiply by 1 + weight instead of weight.</param>
internal sealed class RootMeanSquareNorm(Tensor weight, double epsilon, bool plusOne) : INorm
{
    public Tensor Apply(Tensor input) => NativeOperators.RootMeanSquareNorm(input, plusOne ? weight + 1 : weight, epsilon);
}

internal sealed class LayerNorm(Tensor weight, Tensor bias, double epsilon) : INorm
{
    private readonly long[] _shape = [weight.size(0)];

    public Tensor Apply(Tensor input) => nn.functional.layer_norm(input, _shape, weight, bias, epsilon);
}
