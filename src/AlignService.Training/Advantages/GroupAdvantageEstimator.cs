using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Metrics;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Advantages;

/// <summary>One advantage per completion, from its reward and those of its group (algorithms.md, section 2).</summary>
/// <param name="rewards">The sources' scores.</param>
/// <param name="formula">From the rewards of whole groups to [B] advantages.</param>
/// <param name="klInReward">Whether the KL to the reference is part of the reward.</param>
internal sealed class GroupAdvantageEstimator(RolloutRewards rewards, Func<RewardTable, double[]> formula, bool klInReward) : IAdvantageEstimator
{
    public AdvantageResult Estimate(StepInputs step, StepRecorder recorder)
    {
        IReadOnlyList<Rollout> rollouts = rewards.WithTrainingScores(step.Rollouts, step.Step);
        RewardTable table = rewards.Table(rollouts);
        recorder.Add(rewards.Metrics(step.Rollouts, table));

        RewardTable penalised = klInReward && step.LogProbs.Reference is not null
            ? rewards.Table(rollouts, [.. step.LogProbs.SummedKl().Select(kl => -step.KlCoefficient * kl)])
            : table;
        return new(table.Rewards, RolloutAdvantages.OfRows(formula(penalised)), step.Mask);
    }

    public bool HasLearningSignal(RolloutGroup group) => formula(rewards.Table(group)).Any(advantage => advantage != 0);
}

/// <summary>
/// Turns the rewards of whole groups into one advantage per completion, [B] (algorithms.md, section 2): exactly 0 in a row without a score, and in a group whose
/// rewards are all equal or of which fewer than two were scored. Epsilon is added to standard deviations.
/// </summary>
internal static class GroupAdvantage
{
    /// <summary>(r - group mean) / (group std + eps): GRPO, arXiv:2402.03300.</summary>
    public static double[] GroupStandardized(RewardTable table, double epsilon) =>
        PerGroup(table, table.Rewards, (reward, group) => (reward - group.Mean) / (group.StandardDeviation + epsilon));

    /// <summary>(r - group mean) / (std of all rewards of the batch + eps).</summary>
    public static double[] BatchStandardized(RewardTable table, double epsilon)
    {
        double deviation = SampleStatistics.Of(table.Rewards).StandardDeviation;
        return PerGroup(table, table.Rewards, (reward, group) => (reward - group.Mean) / (deviation + epsilon));
    }

    /// <summary>r - group mean: Dr. GRPO, arXiv:2503.20783.</summary>
    public static double[] MeanCentered(RewardTable table, double epsilon) => PerGroup(table, table.Rewards, (reward, group) => reward - group.Mean);

    /// <summary>r - mean of the group's other rewards: RLOO, arXiv:2402.14740.</summary>
    public static double[] LeaveOneOut(RewardTable table, double epsilon) =>
        PerGroup(table, table.Rewards, (reward, group) => reward - (group.Mean * group.Count - reward) / (group.Count - 1));

    /// <summary>Each source normalized in its group, weighted, summed, then whitened over the batch: GDPO.</summary>
    public static double[] NormalizedThenSummed(RewardTable table, double epsilon)
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

    /// <summary>Every formula by the kind that jobs name.</summary>
    public static IReadOnlyDictionary<AdvantageKind, Func<RewardTable, double, double[]>> Formulas { get; } = new Dictionary<AdvantageKind, Func<RewardTable, double, double[]>>
    {
        [AdvantageKind.GroupStd] = GroupStandardized,
        [AdvantageKind.BatchStd] = BatchStandardized,
        [AdvantageKind.MeanCentered] = MeanCentered,
        [AdvantageKind.LeaveOneOut] = LeaveOneOut,
        [AdvantageKind.NormalizeThenSum] = NormalizedThenSummed,
    };

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
