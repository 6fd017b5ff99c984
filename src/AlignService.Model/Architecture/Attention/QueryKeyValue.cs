using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

/// <param name="Query">[B, T, H, D].</param>
/// <param name="Key">[B, T, Hkv, D].</param>
/// <param name="Value">[B, T, Hkv, D].</param>
internal readonly record struct QueryKeyValue(Tensor Query, Tensor Key, Tensor Value);
