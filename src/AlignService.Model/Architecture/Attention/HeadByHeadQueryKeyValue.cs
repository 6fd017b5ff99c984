using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

/// <summary>One matrix: head by head, each head's q, k and v together.</summary>
internal sealed class HeadByHeadQueryKeyValue(LinearLayer all, HeadCounts heads) : IQueryKeyValueProjection
{
    public QueryKeyValue Project(Tensor input)
    {
        Tensor flat = all.Apply(input);
        Tensor[] parts = flat.view(flat.size(0), flat.size(1), heads.Query, 3 * heads.Dim).chunk(3, -1);
        return new QueryKeyValue(parts[0], parts[1], parts[2]);
    }
}
