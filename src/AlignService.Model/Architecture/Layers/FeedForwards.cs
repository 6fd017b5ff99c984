using AlignService.HuggingFace.Architecture;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Layers;

internal interface IFeedForward
{
    /// <param name="input">[B, T, C].</param>
    Tensor Apply(Tensor input);
}

/// <summary>down(act(up x)).</summary>
internal sealed class PlainFeedForward(LinearLayer up, LinearLayer down, Func<Tensor, Tensor> activation) : IFeedForward
{
    public Tensor Apply(Tensor input) => down.Apply(activation(up.Apply(input)));
}

/// <summary>down(act(gate x) * up x).</summary>
internal sealed class GatedFeedForward(IPairProjection gateUp, LinearLayer down, Func<Tensor, Tensor> activation) : IFeedForward
{
    public Tensor Apply(Tensor input)
    {
        (Tensor gate, Tensor up) = gateUp.Project(input);
        return down.Apply(activation(gate) * up);
    }
}

/// <summary>The two inner projections of a gated feed-forward layer.</summary>
internal interface IPairProjection
{
    (Tensor Gate, Tensor Up) Project(Tensor input);
}

/// <summary>One matrix whose first half of rows is gate, the second up.</summary>
internal sealed class FusedPairProjection(LinearLayer both) : IPairProjection
{
    public (Tensor Gate, Tensor Up) Project(Tensor input)
    {
        Tensor whole = both.Apply(input);
        long half = whole.size(-1) / 2;
        return (whole.narrow(-1, 0, half), whole.narrow(-1, half, half));
    }
}

/// <summary>Two matrices; without gradients, one product with the memory that they share.</summary>
internal sealed class SeparatePairProjection(LinearLayer gate, LinearLayer up, IPairProjection? shared) : IPairProjection
{
    public (Tensor Gate, Tensor Up) Project(Tensor input) =>
        shared is not null && !is_grad_enabled() ? shared.Project(input) : (gate.Apply(input), up.Apply(input));
}

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
