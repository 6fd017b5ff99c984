using static TorchSharp.torch;

namespace AlignService.Model.Architecture.FeedForwards;

/// <summary>Two matrices; where no gradient is wanted, one product with the memory that they share.</summary>
internal sealed class SeparatePairProjection(LinearLayer gate, LinearLayer up, IPairProjection? shared) : IPairProjection
{
    public (Tensor Gate, Tensor Up) Project(Tensor input) =>
        shared is not null && !is_grad_enabled() ? shared.Project(input) : (gate.Apply(input), up.Apply(input));
}
