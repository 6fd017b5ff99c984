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
