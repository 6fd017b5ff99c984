using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Positions;

/// <summary>The turn of each position: x * Cos + swap(x) * Sin, where swap exchanges the halves of a head; the minus of the first half stands in Sin.</summary>
/// <param name="Cos">[..., T, 1, d].</param>
/// <param name="Sin">[..., T, 1, d].</param>
internal readonly record struct Rotation(Tensor Cos, Tensor Sin) : IDisposable
{
    /// <param name="heads">[B, T, heads, D], D at least d; elements from d on stay as they are.</param>
    internal Tensor Apply(Tensor heads)
    {
        long turned = Cos.size(-1), width = heads.size(-1);
        if (turned == width)
        {
            return Turn(heads);
        }

        return cat([Turn(heads.narrow(-1, 0, turned)), heads.narrow(-1, turned, width - turned)], -1);
    }

    /// <summary>The rows of consecutive positions.</summary>
    internal Rotation Slice(long start, long count) => new(Cos.narrow(0, start, count), Sin.narrow(0, start, count));

    /// <summary>The rows of given positions [B, T].</summary>
    internal Rotation Pick(Tensor positions)
    {
        Tensor flat = positions.reshape(-1);
        long[] shape = [positions.size(0), positions.size(1), 1, Cos.size(-1)];
        return new Rotation(Cos.index_select(0, flat).view(shape), Sin.index_select(0, flat).view(shape));
    }

    public void Dispose()
    {
        Cos?.Dispose();
        Sin?.Dispose();
    }

    private Tensor Turn(Tensor part)
    {
        Tensor swapped = part.roll(part.size(-1) / 2, -1);
        return (part * Cos).addcmul(swapped, Sin, 1);
    }
}
