using static TorchSharp.torch;

namespace AlignService.Model.Architecture.FeedForwards;

/// <summary>down(act(up x)).</summary>
internal sealed class PlainFeedForward(LinearLayer up, LinearLayer down, Func<Tensor, Tensor> activation) : IFeedForward
{
    public Tensor Apply(Tensor input) => down.Apply(activation(up.Apply(input)));
}
