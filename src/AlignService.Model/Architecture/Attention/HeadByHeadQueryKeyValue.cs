using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

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
