using System.Runtime.InteropServices;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.HuggingFace.Weights;

/// <summary>A matrix whose rows are computed in float32 when they are read, so that it is never held as a whole. A vector has one element per row.</summary>
internal abstract class WeightRows(long rowCount, int columnCount)
{
    internal long RowCount { get; } = rowCount;

    internal int ColumnCount { get; } = columnCount;

    /// <param name="row">From 0.</param>
    /// <param name="target">Receives <see cref="ColumnCount"/> values.</param>
    internal abstract void Read(long row, Span<float> target);
}

/// <summary>A tensor of a safetensors file, widened to float32.</summary>
internal sealed class StoredRows(SafetensorsFile file, StoredTensor tensor)
    : WeightRows(tensor.Shape.Count == 0 ? 1 : tensor.Shape[0], checked((int)tensor.Shape.Skip(1).Aggregate(1L, (product, size) => product * size)))
{
    internal override void Read(long row, Span<float> target)
    {
        int width = StoredDtypes.ByteCount(tensor.Dtype);
        ReadOnlySpan<byte> bytes = file.Bytes(tensor, row * ColumnCount * width, ColumnCount * width);
        switch (tensor.Dtype)
        {
            case StoredDtype.Float32:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(target);
                break;
            case StoredDtype.BFloat16:
                ReadOnlySpan<ushort> upperHalves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < upperHalves.Length; i++)
                {
                    target[i] = BitConverter.UInt32BitsToSingle((uint)upperHalves[i] << 16);
                }

                break;
            default:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (int i = 0; i < halves.Length; i++)
                {
                    target[i] = (float)halves[i];
                }

                break;
        }
    }
}

/// <summary>The rows of another matrix in another order.</summary>
/// <param name="source">The other matrix.</param>
/// <param name="sourceRowOf">The row of the source that stands at a row of this one.</param>
internal sealed class ReorderedRows(WeightRows source, Func<long, long> sourceRowOf) : WeightRows(source.RowCount, source.ColumnCount)
{
    internal override void Read(long row, Span<float> target) => source.Read(sourceRowOf(row), target);
}

/// <summary>Another matrix with a constant added to every element.</summary>
internal sealed class ShiftedRows(WeightRows source, float shift) : WeightRows(source.RowCount, source.ColumnCount)
{
    internal override void Read(long row, Span<float> target)
    {
        source.Read(row, target);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] += shift;
        }
    }
}

/// <summary>Another matrix times a constant.</summary>
internal sealed class ScaledRows(WeightRows source, float factor) : WeightRows(source.RowCount, source.ColumnCount)
{
    internal override void Read(long row, Span<float> target)
    {
        source.Read(row, target);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] *= factor;
        }
    }
}

/// <summary>A small matrix that is held in memory.</summary>
internal sealed class HeldRows(float[] values, int columnCount) : WeightRows(values.Length / columnCount, columnCount)
{
    internal override void Read(long row, Span<float> target) => values.AsSpan(checked((int)row * ColumnCount), ColumnCount).CopyTo(target);

    /// <summary>All the rows of another matrix.</summary>
    internal static float[] Collect(WeightRows rows)
    {
        float[] values = new float[checked(rows.RowCount * rows.ColumnCount)];
        for (int row = 0; row < rows.RowCount; row++)
        {
            rows.Read(row, values.AsSpan(row * rows.ColumnCount, rows.ColumnCount));
        }

        return values;
    }
}

/// <summary>Another matrix, transposed. The source is read in as many passes as a bounded block of columns needs; rows must be read in order to be quick.</summary>
internal sealed class TransposedRows(WeightRows source) : WeightRows(source.ColumnCount, checked((int)source.RowCount))
{
    private const int MostHeldElements = 16 << 20;

    private float[] _block = [];
    private long _firstRow = -1;
    private int _heldCount;

    internal override void Read(long row, Span<float> target)
    {
        if (_firstRow < 0 || row < _firstRow || row >= _firstRow + _heldCount)
        {
            Hold(row);
        }

        _block.AsSpan(checked((int)(row - _firstRow) * ColumnCount), ColumnCount).CopyTo(target);
    }

    private void Hold(long first)
    {
        _firstRow = first;
        _heldCount = (int)Math.Min(Math.Max(1, MostHeldElements / ColumnCount), RowCount - first);
        _block = new float[_heldCount * ColumnCount];
        float[] line = new float[source.ColumnCount];
        for (int column = 0; column < ColumnCount; column++)
        {
            source.Read(column, line);
            for (int i = 0; i < _heldCount; i++)
            {
                _block[(i * ColumnCount) + column] = line[first + i];
            }
        }
    }
}
