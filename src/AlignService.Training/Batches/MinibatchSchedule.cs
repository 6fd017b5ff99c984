using AlignService.Model.Sampling;

namespace AlignService.Training.Batches;

/// <summary>Which rows each optimiser step sees: every row once an epoch, in an order that depends on the seed and the epoch alone.</summary>
/// <param name="RowCount">Rows of the data set.</param>
/// <param name="MinibatchSize">Rows of one step; the last step of an epoch takes what is left.</param>
/// <param name="EpochCount">Passes over the data.</param>
/// <param name="Seed">Key of the order.</param>
public sealed record MinibatchSchedule(int RowCount, int MinibatchSize, int EpochCount, ulong Seed)
{
    public int StepCount => EpochCount * ((RowCount + MinibatchSize - 1) / MinibatchSize);

    public IEnumerable<int[]> Minibatches() =>
        Enumerable.Range(0, EpochCount).SelectMany(epoch => Shuffle(RowCount, Seed, epoch).Chunk(MinibatchSize));

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
}
