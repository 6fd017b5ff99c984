using static TorchSharp.torch;

namespace AlignService.Model.Architecture.FeedForwards;

internal interface IFeedForward
{
    /// <param name="input">[B, T, C].</param>
    Tensor Apply(Tensor input);
}
