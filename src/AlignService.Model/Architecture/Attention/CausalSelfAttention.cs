using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture.Layers;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

/// <summary>Attention of a block: project, normalize and rotate queries and keys, attend, project back.</summary>
internal sealed class CausalSelfAttention
{
    internal required IQueryKeyValueProjection Projection { get; init; }

    internal required LinearLayer Output { get; init; }

    internal required AttentionKernel Kernel { get; init; }

    /// <summary>Norms of queries and keys; null: none.</summary>
    internal INorm? QueryNorm { get; init; }

    internal INorm? KeyNorm { get; init; }

    /// <summary>Norm over all heads together instead of over each head.</summary>
    internal bool NormsFullWidth { get; init; }

    internal required LayerConfig Layer { get; init; }

    /// <param name="input">[B, T, C].</param>
    /// <param name="pass">Positions, masks and cache of this forward pass.</param>
    /// <param name="index">Number of the block.</param>
    internal Tensor Apply(Tensor input, ForwardPass pass, int index)
    {
        (Tensor query, Tensor key, Tensor value) = Projection.Project(input);
        query = Turn(Normalise(query, QueryNorm), pass).transpose(1, 2);
        key = Turn(Normalise(key, KeyNorm), pass).transpose(1, 2);
        value = value.transpose(1, 2);
        (key, value) = pass.Remember(index, key, value);
        Tensor? mask = pass.Mask(Layer.SlidingWindow);
        Tensor mixed = pass.TwiceDifferentiable ? Kernel.AttendPlainly(query, key, value, mask, pass.Causal) : Kernel.Attend(query, key, value, mask, pass.Causal);
        return Output.Apply(mixed.transpose(1, 2).reshape(input.size(0), input.size(1), -1));
    }

    private Tensor Normalise(Tensor heads, INorm? norm)
    {
        if (norm is null)
        {
            return heads;
        }

        return NormsFullWidth ? norm.Apply(heads.flatten(2)).view_as(heads) : norm.Apply(heads);
    }

    private Tensor Turn(Tensor heads, ForwardPass pass) => Layer.Rope is { } rope ? pass.Rotation(rope).Apply(heads) : heads;
}
