using AlignService.Specs.Rewards;
using AlignService.Training.Metrics;

namespace AlignService.Training.Advantages;

/// <summary>Advantages from rewards of segments inside completions (arXiv:2402.03300, section 4.1.3).</summary>
internal static class ProcessAdvantage
{
    /// <param name="group">The segments of each completion of one group.</param>
    /// <param name="lengths">Tokens of each completion.</param>
    /// <param name="epsilon">Added to the standard deviation.</param>
    /// <returns>Ragged [G][T]: each token gets the normalised rewards of the segments that end at or after it.</returns>
    public static double[][] Compute(IReadOnlyList<IReadOnlyList<SegmentScore>> group, IReadOnlyList<int> lengths, double epsilon)
    {
        SampleStatistics statistics = SampleStatistics.Of(group.SelectMany(segments => segments.Select(segment => segment.Score)));
        return [.. group.Select((segments, row) => OfCompletion(segments, lengths[row], statistics, epsilon))];
    }

    private static double[] OfCompletion(IReadOnlyList<SegmentScore> segments, int length, SampleStatistics statistics, double epsilon)
    {
        double[] advantages = new double[length];
        foreach (SegmentScore segment in segments)
        {
            double normalized = !statistics.Varies || double.IsNaN(segment.Score) ? 0 : (segment.Score - statistics.Mean) / (statistics.StandardDeviation + epsilon);
            for (int token = 0; token <= segment.End; token++)
            {
                advantages[token] += normalized;
            }
        }

        return advantages;
    }
}
