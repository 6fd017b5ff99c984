using AlignService.Model.Architecture.Layers;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

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
