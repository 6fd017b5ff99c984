using System.Numerics;
using System.Runtime.InteropServices;
using AlignService.HuggingFace.Adapters;

namespace AlignService.HuggingFace.Weights;

/// <summary>A matrix of a base with a low-rank update merged into it: W + scaling * B A, in float32 (arXiv:2106.09685).</summary>
/// <param name="source">W: [out, in], or [in, out] where the update is transposed.</param>
/// <param name="update">A and B.</param>
internal sealed class AdaptedRows(WeightRows source, LowRankFactors update) : WeightRows(source.RowCount, source.ColumnCount)
{
    private readonly float[] _delta = new float[source.ColumnCount];

    internal override void Read(long row, Span<float> target)
    {
        source.Read(row, target);
        Array.Clear(_delta);
        for (int k = 0; k < update.Rank; k++)
        {
            Add(update.RowFactor(k, row), update.ColumnFactors(k), _delta);
        }

        Add(update.Scaling, _delta, target);
    }

    private static void Add(float factor, ReadOnlySpan<float> values, Span<float> target)
    {
        var wideValues = MemoryMarshal.Cast<float, Vector<float>>(values);
        var wideTarget = MemoryMarshal.Cast<float, Vector<float>>(target);
        for (int i = 0; i < wideTarget.Length; i++)
        {
            wideTarget[i] += wideValues[i] * factor;
        }

        for (int i = wideTarget.Length * Vector<float>.Count; i < target.Length; i++)
        {
            target[i] += values[i] * factor;
        }
    }
}

/// <summary>A and B of one layer, laid out so that a row of their product is a sum of rows.</summary>
internal sealed class LowRankFactors
{
    private readonly float[] _rowFactors;
    private readonly float[] _columnFactors;
    private readonly int _rowCount;
    private readonly int _columnCount;

    /// <param name="down">A: [rank, in].</param>
    /// <param name="up">B: [out, rank].</param>
    /// <param name="config">Gives rank and scaling.</param>
    /// <param name="transposed">The matrix that is adapted is stored as [in, out].</param>
    internal LowRankFactors(WeightRows down, WeightRows up, AdapterConfig config, bool transposed)
    {
        (Rank, Scaling) = (config.Rank, (float)config.Scaling);
        float[] a = HeldRows.Collect(down), b = HeldRows.Collect(new TransposedRows(up));
        (_rowFactors, _columnFactors) = transposed ? (a, b) : (b, a);
        (_rowCount, _columnCount) = (_rowFactors.Length / Rank, _columnFactors.Length / Rank);
    }

    internal int Rank { get; }

    internal float Scaling { get; }

    internal float RowFactor(int k, long row) => _rowFactors[((long)k * _rowCount) + row];

    internal ReadOnlySpan<float> ColumnFactors(int k) => _columnFactors.AsSpan(k * _columnCount, _columnCount);
}
