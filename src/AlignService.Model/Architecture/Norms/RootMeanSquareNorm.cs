using AlignService.Model.Native;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Norms;

/// <param name="weight">[C].</param>
/// <param name="epsilon">Added to the mean square.</param>
/// <param name="plusOne">Multiply by 1 + weight instead of weight.</param>
internal sealed class RootMeanSquareNorm(Tensor weight, double epsilon, bool plusOne) : INorm
{
    public Tensor Apply(Tensor input) => NativeOperators.RootMeanSquareNorm(input, plusOne ? weight + 1 : weight, epsilon);
}
