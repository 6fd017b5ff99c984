using AlignService.HuggingFace.Architecture;
using AlignService.Model.Architecture;
using AlignService.Model.Sampling;
using AlignService.Specs.Examples;
using AlignService.Specs.Sizing;

namespace AlignService.Training.Batches;

/// <summary>
/// Which examples each optimizer step sees: every one once per epoch, in an order that depends only on the seed and the epoch, so a step's number is
/// all that a checkpoint has to keep.
/// </summary>
/// <param name="lengths">Length of each example of the data set, in tokens.</param>
/// <param name="batchSize">Examples of one step; one step of each epoch takes the remainder.</param>
/// <param name="seed">Key of the order.</param>
/// <param name="groupByLength">Whether a batch takes examples of similar length.</param>
internal sealed class MinibatchSchedule(IReadOnlyList<int> lengths, int batchSize, ulong seed, bool groupByLength)
{
    /// <summary>Number of batches that are sorted by length together: enough to reduce padding, few enough to keep batches random.</summary>
    private const int SortedBatches = 50;

    private int _epoch = -1;
    private int[][] _batches = [];

    public int StepsPerEpoch => (lengths.Count + batchSize - 1) / batchSize;

    /// <param name="step">From 0, over all epochs.</param>
    public int[] Batch(int step)
    {
        int epoch = step / StepsPerEpoch;
        if (epoch != _epoch)
        {
            (_epoch, _batches) = (epoch, groupByLength ? Grouped(epoch) : [.. Shuffle(lengths.Count, seed, epoch).Chunk(batchSize)]);
        }

        return _batches[step % StepsPerEpoch];
    }

    /// <summary>0 .. count - 1 in a random order (Fisher-Yates).</summary>
    public static int[] Shuffle(int count, ulong seed, int epoch)
    {
        var stream = new RandomStream(new SamplingKey(seed, epoch), PromptIndex: 0, SampleIndex: 0);
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = (int)(stream.Uniform(i) * (i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    /// <summary>Shuffled examples, sorted by length within large parts, split into batches, and the batches shuffled.</summary>
    private int[][] Grouped(int epoch)
    {
        int[][] batches = [.. Shuffle(lengths.Count, seed, epoch)
            .Chunk(SortedBatches * batchSize)
            .SelectMany(part => part.OrderByDescending(example => lengths[example]).Chunk(batchSize))];
        int[] order = Shuffle(batches.Length, RandomSeeds.For(seed, RandomPurpose.RowOrder), epoch);
        return [.. order.Select(batch => batches[batch])];
    }
}

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
