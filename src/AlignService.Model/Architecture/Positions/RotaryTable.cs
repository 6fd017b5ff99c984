using AlignService.HuggingFace.Architecture;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Positions;

/// <summary>
/// cos and sin of every position, computed in float64 and kept in the model's dtype; grows to the longest sequence seen. Not thread-safe.
/// </summary>
internal sealed class RotaryTable(RopeConfig rope, ScalarType dtype, Device device) : IDisposable
{
    private const long SmallestTable = 256;

    private readonly Dictionary<bool, Rotation> _rows = [];

    /// <summary>The rows of positions 0 .. count - 1 at least, for a sequence that will have <paramref name="sequenceLength"/> tokens in all; owned by the table.</summary>
    internal Rotation Rows(long count, long sequenceLength)
    {
        bool beyondBoundary = sequenceLength > rope.Scaling?.LengthBoundary;
        if (_rows.TryGetValue(beyondBoundary, out Rotation rows) && rows.Cos.size(0) >= count)
        {
            return rows;
        }

        rows.Dispose();
        return _rows[beyondBoundary] = Compute(Math.Max(SmallestTable, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)count)), sequenceLength);
    }

    public void Dispose()
    {
        foreach (Rotation rows in _rows.Values)
        {
            rows.Dispose();
        }

        _rows.Clear();
    }

    private Rotation Compute(long count, long sequenceLength)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        double[] frequencies = rope.Frequencies(sequenceLength);
        double magnitude = rope.Scaling?.Magnitude ?? 1;
        Tensor angles = arange(count, ScalarType.Float64).unsqueeze(1) * tensor(frequencies); // [N, d/2]
        Tensor cos = angles.cos() * magnitude, sin = angles.sin() * magnitude;
        return new Rotation(Store(cat([cos, cos], 1)), Store(cat([-sin, sin], 1)));

        Tensor Store(Tensor table) => table.unsqueeze(1).to(dtype, device, copy: true).DetachFromDisposeScope(); // [N, 1, d]
    }
}

/// <summary>The rotation of each position: x * Cos + swap(x) * Sin, where swap exchanges the halves of a head; the minus sign of the first half is in Sin.</summary>
/// <param name="Cos">[..., T, 1, d].</param>
/// <param name="Sin">[..., T, 1, d].</param>
internal readonly record struct Rotation(Tensor Cos, Tensor Sin) : IDisposable
{
    /// <param name="heads">[B, T, heads, D], D at least d; elements from d on are unchanged.</param>
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

/// <summary>The distinct rotary tables and sliding windows of a model's blocks.</summary>
internal sealed class PositionTables : IDisposable
{
    internal PositionTables(TransformerConfig config, ScalarType dtype, Device device)
    {
        Device = device;
        Windows = [.. config.Layers.Select(layer => layer.SlidingWindow).OfType<int>().Distinct()];
        Rotary = config.Layers.Select(layer => layer.Rope).OfType<RopeConfig>().Distinct().ToDictionary(rope => rope, rope => new RotaryTable(rope, dtype, device));
    }

    internal Device Device { get; }

    internal IReadOnlyList<int> Windows { get; }

    internal IReadOnlyDictionary<RopeConfig, RotaryTable> Rotary { get; }

    public void Dispose()
    {
        foreach (RotaryTable table in Rotary.Values)
        {
            table.Dispose();
        }
    }
}
