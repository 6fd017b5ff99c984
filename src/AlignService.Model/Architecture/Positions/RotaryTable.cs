using AlignService.HuggingFace.Architecture;
using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Positions;

/// <summary>
/// cos and sin of every position, computed in float64 and kept in the model's dtype; grows to the longest sequence seen. Not safe for several threads at once.
/// </summary>
internal sealed class RotaryTable(RopeConfig rope, ScalarType dtype, Device device) : IDisposable
{
    private const long SmallestTable = 256;

    private readonly Dictionary<bool, Rotation> _rows = [];

    /// <summary>The rows of positions 0 .. count - 1 at least, for a sequence that will have <paramref name="sequenceLength"/> tokens in all; they stay the table's own.</summary>
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
