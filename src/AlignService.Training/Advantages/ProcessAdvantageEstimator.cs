using AlignService.Specs.Metrics;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Training.Metrics;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Advantages;

/// <summary>
/// One advantage per token, from the scores of segments (arXiv:2402.03300, section 4.1.3): each source is normalized over all its segments in the group, and a token
/// gets the weighted sum over the segments that end at or after it. A source without segments is one whose only segment is the whole completion.
/// </summary>
/// <param name="rewards">The sources' scores.</param>
/// <param name="epsilon">Added to standard deviations.</param>
internal sealed class ProcessAdvantageEstimator(RolloutRewards rewards, double epsilon) : IAdvantageEstimator
{
    private const string FlatGroups = MetricNames.RewardZeroStdFraction;

    public AdvantageResult Estimate(StepInputs step, StepRecorder recorder)
    {
        IReadOnlyList<Rollout> rollouts = rewards.WithTrainingScores(step.Rollouts, step.Step);
        RewardTable table = rewards.Table(rollouts);
        double[][] advantages = Advantages(rollouts, table);
        recorder.Add(rewards.Metrics(step.Rollouts, table));
        if (advantages.Length > 0 && recorder.Metrics.ContainsKey(FlatGroups))
        {
            // Rewards may be equal where their segments differ: only a group without any advantage teaches nothing.
            recorder.Metrics[FlatGroups] = advantages.Chunk(table.GroupSize).Average(group => group.All(row => row.All(advantage => advantage == 0)) ? 1.0 : 0);
        }

        return new(table.Rewards, RolloutAdvantages.OfTokens(advantages), step.Mask);
    }

    public bool HasLearningSignal(RolloutGroup group) => Advantages(group.Rollouts, rewards.Table(group)).Any(row => row.Any(advantage => advantage != 0));

    /// <summary>[B][T] of whole groups.</summary>
    private double[][] Advantages(IReadOnlyList<Rollout> rollouts, RewardTable table)
    {
        double[][] advantages = [.. rollouts.Select(rollout => new double[rollout.Completion.TokenIds.Count])];
        foreach (int source in rewards.Weighted)
        {
            Add(advantages, rewards.Weight(source), [.. rollouts.Select((rollout, row) => SegmentsOf(rollout, source, table.Rewards[row]))], table.GroupSize);
        }

        if (rewards.PenalisesOverlong)
        {
            Add(advantages, weight: 1, [.. rollouts.Select((rollout, row) => Whole(rollout, double.IsNaN(table.Rewards[row]) ? double.NaN : rewards.SoftOverlong(rollout)))], table.GroupSize);
        }

        return advantages;
    }

    /// <summary>A row without a reward has no segments; in a control run, the segments of another row end where this one does.</summary>
    private static SegmentScore[] SegmentsOf(Rollout rollout, int source, double reward)
    {
        if (double.IsNaN(reward))
        {
            return [];
        }

        int last = rollout.Completion.TokenIds.Count - 1;
        return rollout.Segments.Count > 0 && rollout.Segments[source] is { } segments
            ? [.. segments.Select(segment => segment with { End = Math.Min(segment.End, last) })]
            : Whole(rollout, rollout.Scores[source]);
    }

    private static SegmentScore[] Whole(Rollout rollout, double score) => [new SegmentScore(rollout.Completion.TokenIds.Count - 1, score)];

    private void Add(double[][] advantages, double weight, SegmentScore[][] segments, int groupSize)
    {
        for (int start = 0; start < segments.Length; start += groupSize)
        {
            Range group = start..(start + groupSize);
            double[][] ofGroup = ProcessAdvantage.Compute(segments[group], [.. advantages[group].Select(row => row.Length)], epsilon);
            for (int row = 0; row < ofGroup.Length; row++)
            {
                for (int token = 0; token < ofGroup[row].Length; token++)
                {
                    advantages[start + row][token] += weight * ofGroup[row][token];
                }
            }
        }
    }
}

/// <summary>Advantages from rewards of segments inside completions (arXiv:2402.03300, section 4.1.3).</summary>
internal static class ProcessAdvantage
{
    /// <param name="group">The segments of each completion of one group.</param>
    /// <param name="lengths">Tokens of each completion.</param>
    /// <param name="epsilon">Added to the standard deviation.</param>
    /// <returns>Ragged [G][T]: each token gets the normalized rewards of the segments that end at or after it.</returns>
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
