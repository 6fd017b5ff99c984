using System.Runtime.InteropServices;
using AlignService.Model.Architecture;
using static TorchSharp.torch;

namespace AlignService.Model.Decoding.Torch;

/// <summary>Token ids into tensors and logits out of them.</summary>
internal static class TokenBatch
{
    /// <summary>[rows, T] int64.</summary>
    public static Tensor Of(ReadOnlySpan<int> tokenIds, int rowCount, Device device)
    {
        long[] ids = new long[tokenIds.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = tokenIds[i];
        }

        return tensor(ids, [rowCount, ids.Length / rowCount], ScalarType.Int64, device);
    }

    /// <param name="model">Its head.</param>
    /// <param name="hidden">[B, 1, C].</param>
    /// <returns>[B * V].</returns>
    public static float[] Logits(Transformer model, Tensor hidden)
    {
        using Tensor logits = model.Logits(hidden).to(ScalarType.Float32).cpu().contiguous();
        return MemoryMarshal.Cast<byte, float>(logits.bytes).ToArray();
    }
}
