using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

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
