using AlignService.Model.Native;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

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
