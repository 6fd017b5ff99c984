using AlignService.Specs.Examples;
using static TorchSharp.torch;

namespace AlignService.Training.Batches;

/// <summary>Token sequences as tensors: rows padded on the right, and where their completion tokens are. Owns its tensors.</summary>
/// <param name="Ids">[B, T] int64; positions after a row's length are undefined.</param>
/// <param name="Lengths">[B] int64, tokens of each row.</param>
/// <param name="Predictors">[N] int64, index into the flattened [B * T] of the position whose logits choose each completion token that counts, row by row.</param>
/// <param name="Targets">[N] int64, those completion tokens.</param>
internal sealed record SequenceBatch(Tensor Ids, Tensor Lengths, Tensor Predictors, Tensor Targets) : IDisposable
{
    public static SequenceBatch Create(IReadOnlyList<TokenSequence> rows, Device device)
    {
        int width = rows.Max(row => row.Length);
        long[] ids = new long[rows.Count * width];
        var predictors = new List<long>();
        var targets = new List<long>();
        for (int b = 0; b < rows.Count; b++)
        {
            TokenSequence row = rows[b];
            int at = b * width;
            foreach (int id in row.PromptIds.Concat(row.CompletionIds))
            {
                ids[at++] = id;
            }

            int first = b * width + row.PromptIds.Count - 1;
            for (int i = 0; i < row.CompletionIds.Count; i++)
            {
                if (row.Trained?[i] != false)
                {
                    predictors.Add(first + i);
                    targets.Add(row.CompletionIds[i]);
                }
            }
        }

        return new(
            tensor(ids, device: device).view(rows.Count, width),
            tensor(rows.Select(row => (long)row.Length).ToArray(), device: device),
            tensor(predictors.ToArray(), device: device),
            tensor(targets.ToArray(), device: device));
    }

    public void Dispose()
    {
        Ids.Dispose();
        Lengths.Dispose();
        Predictors.Dispose();
        Targets.Dispose();
    }
}

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
