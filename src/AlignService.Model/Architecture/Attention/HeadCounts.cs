using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

/// <summary>Sizes of attention.</summary>
internal readonly record struct HeadCounts(int Query, int KeyValue, int Dim)
{
    /// <summary>Query heads that one key/value head serves.</summary>
    internal int GroupSize => Query / KeyValue;

    /// <summary>[B, T, heads * D] as [B, T, heads, D].</summary>
    internal Tensor Split(Tensor flat, int heads) => flat.view(flat.size(0), flat.size(1), heads, Dim);
}
