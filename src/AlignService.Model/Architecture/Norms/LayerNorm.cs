using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Norms;

internal sealed class LayerNorm(Tensor weight, Tensor bias, double epsilon) : INorm
{
    private readonly long[] _shape = [weight.size(0)];

    public Tensor Apply(Tensor input) => nn.functional.layer_norm(input, _shape, weight, bias, epsilon);
}
