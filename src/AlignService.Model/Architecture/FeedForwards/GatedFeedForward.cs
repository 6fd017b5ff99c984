using static TorchSharp.torch;

namespace AlignService.Model.Architecture.FeedForwards;

/// <summary>down(act(gate x) * up x).</summary>
internal sealed class GatedFeedForward(IPairProjection gateUp, LinearLayer down, Func<Tensor, Tensor> activation) : IFeedForward
{
    public Tensor Apply(Tensor input)
    {
        (Tensor gate, Tensor up) = gateUp.Project(input);
        return down.Apply(activation(gate) * up);
    }
}
