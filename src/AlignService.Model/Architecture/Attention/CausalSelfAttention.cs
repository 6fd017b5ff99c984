using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture.Layers;
using AlignService.Model.Native;
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

/// <param name="Query">[B, T, H, D].</param>
/// <param name="Key">[B, T, Hkv, D].</param>
/// <param name="Value">[B, T, Hkv, D].</param>
internal readonly record struct QueryKeyValue(Tensor Query, Tensor Key, Tensor Value);

internal interface IQueryKeyValueProjection
{
    /// <param name="input">[B, T, C].</param>
    QueryKeyValue Project(Tensor input);
}

/// <summary>Three matrices; without gradients, one product with the memory that they share.</summary>
internal sealed class SeparateQueryKeyValue(LinearLayer query, LinearLayer key, LinearLayer value, IQueryKeyValueProjection? shared, HeadCounts heads)
    : IQueryKeyValueProjection
{
    public QueryKeyValue Project(Tensor input)
    {
        if (shared is not null && !is_grad_enabled())
        {
            return shared.Project(input);
        }

        return new QueryKeyValue(
            heads.Split(query.Apply(input), heads.Query),
            heads.Split(key.Apply(input), heads.KeyValue),
            heads.Split(value.Apply(input), heads.KeyValue));
    }
}

/// <summary>One matrix: all of q, then k, then v.</summary>
internal sealed class ConcatenatedQueryKeyValue(LinearLayer all, HeadCounts heads) : IQueryKeyValueProjection
{
    public QueryKeyValue Project(Tensor input)
    {
        Tensor flat = heads.Split(all.Apply(input), heads.Query + (2 * heads.KeyValue));
        return new QueryKeyValue(
            flat.narrow(2, 0, heads.Query),
            flat.narrow(2, heads.Query, heads.KeyValue),
            flat.narrow(2, heads.Query + heads.KeyValue, heads.KeyValue));
    }
}

/// <summary>One matrix: head by head, each head's q, k and v together.</summary>
internal sealed class HeadByHeadQueryKeyValue(LinearLayer all, HeadCounts heads) : IQueryKeyValueProjection
{
    public QueryKeyValue Project(Tensor input)
    {
        Tensor flat = all.Apply(input);
        Tensor byHead = flat.view(flat.size(0), flat.size(1), heads.Query, 3 * heads.Dim);
        return new QueryKeyValue(byHead.narrow(-1, 0, heads.Dim), byHead.narrow(-1, heads.Dim, heads.Dim), byHead.narrow(-1, 2 * heads.Dim, heads.Dim));
    }
}

/// <summary>softmax(cap(scale q k')) v under a mask.</summary>
internal sealed class AttentionKernel(HeadCounts heads, double? scale, double? softcap)
{
    /// <param name="query">[B, H, Tq, D].</param>
    /// <param name="key">[B, Hkv, Tk, D].</param>
    /// <param name="value">[B, Hkv, Tk, D].</param>
    /// <param name="mask">Boolean (true = visible), [Tq, Tk] or [B, 1, Tq, Tk]; null: see <paramref name="causal"/>.</param>
    /// <param name="causal">Query i sees keys 0 .. i (then Tq = Tk and no mask is needed); otherwise, without a mask, all.</param>
    /// <returns>[B, H, Tq, D].</returns>
    internal Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask, bool causal)
    {
        if (softcap is not null)
        {
            return AttendPlainly(query, key, value, mask, causal);
        }

        if (query.size(2) == 1 && heads.GroupSize > 1)
        {
            // One new token: the query heads of a group are so many queries of one key head, and no key is repeated.
            Tensor grouped = query.reshape(query.size(0), heads.KeyValue, heads.GroupSize, heads.Dim);
            return NativeOperators.ScaledDotProductAttention(grouped, key, value, mask, causal: false, scale).reshape(query.size(0), heads.Query, 1, heads.Dim);
        }

        return NativeOperators.ScaledDotProductAttention(query, key, value, mask, causal && mask is null, scale);
    }

    /// <summary>The same from single operations, for what the fused kernels lack: a cap on the scores, and second derivatives. Needs memory for all scores.</summary>
    internal Tensor AttendPlainly(Tensor query, Tensor key, Tensor value, Tensor? mask, bool causal)
    {
        long queryCount = query.size(2), keyCount = key.size(2);
        Tensor grouped = query.reshape(query.size(0), heads.KeyValue, heads.GroupSize * queryCount, heads.Dim);
        Tensor scores = grouped.matmul(key.transpose(2, 3)) * (scale ?? (1 / Math.Sqrt(heads.Dim)));
        scores = softcap is { } cap ? (scores / cap).tanh() * cap : scores;
        scores = scores.view(query.size(0), heads.Query, queryCount, keyCount);
        Tensor? seen = mask ?? (causal ? ones(queryCount, keyCount, ScalarType.Bool, query.device).tril() : null);
        if (seen is not null)
        {
            scores = scores.masked_fill(seen.logical_not(), double.NegativeInfinity);
        }

        Tensor weights = nn.functional.softmax(scores, -1).view(query.size(0), heads.KeyValue, heads.GroupSize * queryCount, keyCount);
        return weights.matmul(value).view(query.size(0), heads.Query, queryCount, heads.Dim);
    }
}

/// <summary>Sizes of attention.</summary>
internal readonly record struct HeadCounts(int Query, int KeyValue, int Dim)
{
    /// <summary>Query heads that one key/value head serves.</summary>
    internal int GroupSize => Query / KeyValue;

    /// <summary>[B, T, heads * D] as [B, T, heads, D].</summary>
    internal Tensor Split(Tensor flat, int heads) => flat.view(flat.size(0), flat.size(1), heads, Dim);
}
