using AlignService.HuggingFace.Architecture;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.FeedForwards;

internal static class Activations
{
    internal static Func<Tensor, Tensor> Of(ActivationKind kind) => kind switch
    {
        ActivationKind.Silu => input => nn.functional.silu(input),
        ActivationKind.Gelu => input => nn.functional.gelu(input),
        ActivationKind.GeluTanh => input => nn.functional.gelu(input, TorchSharp.Modules.GELU.Approximate.tanh),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
