using AlignService.Specs.PolicyOptimization;

namespace AlignService.Training.Advantages;

/// <summary>Turns the rewards of groups into one advantage a completion (algorithms.md, section 2). Unscored rows get 0.</summary>
public static class GroupAdvantage
{
    /// <param name="table">Scores of whole groups.</param>
    /// <param name="kind">How a reward is compared with its group.</param>
    /// <param name="epsilon">Added to the standard deviation.</param>
    /// <returns>[B] advantages; exactly 0 in a group whose rewards are all equal or of which fewer than two were scored.</returns>
    public static double[] Compute(RewardTable table, AdvantageKind kind, double epsilon) => kind switch
    {
        AdvantageKind.GroupStd => PerGroup(table, table.Rewards, (reward, group) => (reward - group.Mean) / (group.StandardDeviation + epsilon)),
        AdvantageKind.BatchStd => BatchStandardised(table, epsilon),
        AdvantageKind.MeanCentered => PerGroup(table, table.Rewards, (reward, group) => reward - group.Mean),
        AdvantageKind.LeaveOneOut => PerGroup(table, table.Rewards, (reward, group) => reward - (group.Mean * group.Count - reward) / (group.Count - 1)),
        AdvantageKind.NormalizeThenSum => NormalizedThenSummed(table, epsilon),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static double[] BatchStandardised(RewardTable table, double epsilon)
    {
        double deviation = SampleStatistics.Of(table.Rewards).StandardDeviation;
        return PerGroup(table, table.Rewards, (reward, group) => (reward - group.Mean) / (deviation + epsilon));
    }

    private static double[] NormalizedThenSummed(RewardTable table, double epsilon)
    {
        int sourceCount = table.Weights.Count;
        double[][] normalized = [.. Enumerable.Range(0, sourceCount).Select(source =>
            PerGroup(table, table.Source(source), (score, group) => (score - group.Mean) / (group.StandardDeviation + epsilon)))];
        double[] sums = [.. table.Rewards.Select((reward, row) =>
            double.IsNaN(reward) ? double.NaN : Enumerable.Range(0, sourceCount).Sum(source => table.Weights[source] * normalized[source][row]))];

        SampleStatistics batch = SampleStatistics.Of(sums);
        return [.. sums.Select((sum, row) =>
            double.IsNaN(sum) || !AnySourceVaries(table, row / table.GroupSize) ? 0 : (sum - batch.Mean) / (batch.StandardDeviation + epsilon))];
    }

    private static bool AnySourceVaries(RewardTable table, int group) =>
        Enumerable.Range(0, table.Weights.Count).Any(source => SampleStatistics.Of(table.Group(table.Source(source), group)).Varies);

    private static double[] PerGroup(RewardTable table, IReadOnlyList<double> values, Func<double, SampleStatistics, double> compare)
    {
        double[] advantages = new double[values.Count];
        for (int group = 0; group < table.GroupCount; group++)
        {
            SampleStatistics statistics = SampleStatistics.Of(table.Group(values, group));
            for (int row = group * table.GroupSize; row < (group + 1) * table.GroupSize; row++)
            {
                advantages[row] = !statistics.Varies || double.IsNaN(values[row]) ? 0 : compare(values[row], statistics);
            }
        }

        return advantages;
    }
}
