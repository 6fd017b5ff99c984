using static TorchSharp.torch;

namespace AlignService.Training.Batches;

/// <summary>Ragged rows of completion tokens as [B, T] tensors, and back.</summary>
internal static class PaddedRows
{
    /// <summary>[B, T] of the rows, 0 after their ends.</summary>
    public static Tensor Of(IReadOnlyList<double[]> rows, int width, ScalarType dtype, Device device)
    {
        double[] values = new double[rows.Count * width];
        for (int row = 0; row < rows.Count; row++)
        {
            rows[row].CopyTo(values, row * width);
        }

        using var scope = NewDisposeScope();
        return tensor(values, [rows.Count, width]).to(dtype).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>[B, T] bool: true for the tokens of the rows that are kept.</summary>
    public static Tensor Mask(IReadOnlyList<int> lengths, IReadOnlyList<bool> kept, int width, Device device)
    {
        bool[] values = new bool[lengths.Count * width];
        for (int row = 0; row < lengths.Count; row++)
        {
            values.AsSpan(row * width, kept[row] ? lengths[row] : 0).Fill(true);
        }

        return tensor(values, [lengths.Count, width], device: device);
    }

    /// <summary>[B, T] of a flat list with one value per completion token, row by row; carries gradient. 0 after the rows' ends.</summary>
    public static Tensor Spread(Tensor flat, IReadOnlyList<int> lengths, int width)
    {
        // Index 0 is a zero put before the values.
        long[] places = new long[lengths.Count * width];
        long next = 1;
        for (int row = 0; row < lengths.Count; row++)
        {
            for (int token = 0; token < lengths[row]; token++)
            {
                places[row * width + token] = next++;
            }
        }

        using var scope = NewDisposeScope();
        Tensor padded = cat([zeros(1, dtype: flat.dtype, device: flat.device), flat]);
        return padded.index_select(0, tensor(places, device: flat.device)).view(lengths.Count, width).MoveToOuterDisposeScope();
    }

    /// <summary>[B]: sum of each row's values in a flat list; carries gradient.</summary>
    public static Tensor Sums(Tensor flat, IReadOnlyList<int> lengths)
    {
        using var scope = NewDisposeScope();
        return Spread(flat, lengths, lengths.Max()).sum(1).MoveToOuterDisposeScope();
    }

    /// <summary>Ragged rows of a flat list.</summary>
    public static double[][] Split(Tensor flat, IReadOnlyList<int> lengths)
    {
        using var scope = NewDisposeScope();
        double[] values = flat.detach().to(ScalarType.Float64).cpu().data<double>().ToArray();
        var rows = new double[lengths.Count][];
        int start = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = values[start..(start + lengths[row])];
            start += lengths[row];
        }

        return rows;
    }
}
