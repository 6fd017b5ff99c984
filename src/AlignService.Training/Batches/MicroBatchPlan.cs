using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Specs.Examples;
using AlignService.Specs.Sizing;

namespace AlignService.Training.Batches;

/// <summary>How the rows of a minibatch are split into forward passes. The gradient does not depend on it.</summary>
/// <param name="Size">Largest number of rows in one pass; null uses <paramref name="TokenBudget"/>.</param>
/// <param name="TokenBudget">Largest number of tokens in one pass, padding included; a longer row goes alone.</param>
internal sealed record MicroBatchPlan(int? Size, long TokenBudget)
{
    /// <summary>Share of the machine's memory that the activations of one pass may take.</summary>
    private const double ActivationShare = 0.2;

    /// <summary>For a model with its current settings: with activation checkpointing more rows fit into one pass.</summary>
    public static MicroBatchPlan For(Transformer model, int? size) => For(model.Config, size, model.ActivationCheckpointing);

    /// <summary>Uses the machine's total memory, not its free memory, so equal runs are split equally.</summary>
    public static MicroBatchPlan For(TransformerConfig model, int? size, bool activationCheckpointing = false)
    {
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        long bytes = Math.Min(ActivationMemory.Largest, (long)(ActivationShare * memory));
        return new(size, Math.Max(1, bytes / ActivationMemory.BytesPerToken(model, activationCheckpointing)));
    }

    /// <summary>Row indices of each pass. Rows of similar length go together, longest first, to reduce padding.</summary>
    public IEnumerable<int[]> Split(IReadOnlyList<TokenSequence> rows) => Split([.. rows.Select(row => row.Length)]);

    /// <inheritdoc cref="Split(IReadOnlyList{TokenSequence})"/>
    /// <param name="lengths">Tokens of each row.</param>
    public IEnumerable<int[]> Split(IReadOnlyList<int> lengths)
    {
        int[] order = [.. Enumerable.Range(0, lengths.Count).OrderByDescending(row => lengths[row])];
        for (int start = 0; start < order.Length;)
        {
            int fitting = (int)Math.Clamp(TokenBudget / Math.Max(1, lengths[order[start]]), 1, int.MaxValue);
            int count = Math.Min(Size ?? fitting, order.Length - start);
            yield return order[start..(start + count)];
            start += count;
        }
    }
}
