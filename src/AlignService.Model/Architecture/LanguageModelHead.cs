using AlignService.Model.Architecture.Layers;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture;

/// <summary>The matrix that turns hidden states into logits, and what an adapter adds to it.</summary>
/// <param name="weight">[V, C].</param>
/// <param name="update">Null: nothing.</param>
internal sealed class LanguageModelHead(Tensor weight, LowRankUpdate? update)
{
    internal Tensor Weight => weight;

    internal bool IsAdapted => update is not null;

    /// <summary>[..., V] of [..., C], before any cap.</summary>
    internal Tensor Apply(Tensor hidden)
    {
        bool widensInParts = weight.dtype != hidden.dtype && !(hidden.requires_grad && is_grad_enabled());
        Tensor product = widensInParts ? HeadProduct.Of(hidden, weight) : nn.functional.linear(hidden, weight.to(hidden.dtype));
        return update is null ? product : update.AddTo(product, hidden);
    }

    /// <summary>
    /// States and a matrix whose product equals <see cref="Apply"/>, to compute it in chunks: with an adapter, [h, scaling * A h] and [W, B]. Borrowed, or owned by the caller's scope.
    /// </summary>
    internal (Tensor States, Tensor Weight) Factors(Tensor hidden)
    {
        if (update is null)
        {
            return (hidden, weight);
        }

        ScalarType dtype = update.Down.dtype;
        return (cat([hidden.to(dtype), update.Project(hidden)], -1), cat([weight.to(dtype), update.Up], -1));
    }
}
