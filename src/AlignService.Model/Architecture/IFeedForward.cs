using static TorchSharp.torch;

namespace AlignService.Model.Architecture;

internal interface IFeedForward
{
    /// <param name="input">[B, T, C].</param>
    Tensor Apply(Tensor input);
}
