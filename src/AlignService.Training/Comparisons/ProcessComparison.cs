using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Training.Advantages;
using AlignService.Training.Grpo;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Comparisons;

/// <summary>
/// One advantage a token, from the scores of steps (arXiv:2402.03300, section 4.1.3): each source is normalised over all its steps in the group, and a token gets the
/// weighted sum over the steps that end at or after it. A source without steps counts as one whose only step is the whole completion.
/// </summary>
internal sealed class ProcessComparison(GrpoConfig config, StepRewards rewards) : IComparison
{
    private const string FlatGroups = "reward/zero_std_fraction";

    public Credit Compare(MeasuredStep step, StepRecorder recorder)
    {
        IReadOnlyList<Rollout> taught = rewards.Taught(step.Rollouts, step.Step);
        RewardTable table = rewards.Table(taught, config.GroupSize, klPenalty: null);
        double[][] advantages = Advantages(taught, table);
        recorder.Add(rewards.Metrics(step.Rollouts, table));
        if (advantages.Length > 0 && recorder.Metrics.ContainsKey(FlatGroups))
        {
            // Rewards may be equal where their steps differ: only a group without any advantage teaches nothing.
            recorder.Metrics[FlatGroups] = advantages.Chunk(config.GroupSize).Average(group => group.All(row => row.All(advantage => advantage == 0)) ? 1.0 : 0);
        }

        return new(table.Rewards, StepAdvantages.OfTokens(advantages), step.Counts);
    }

    public bool TellsApart(RolloutGroup group) => Advantages(group.Rollouts, rewards.Table(group)).Any(row => row.Any(advantage => advantage != 0));

    /// <summary>[B][T] of whole groups.</summary>
    private double[][] Advantages(IReadOnlyList<Rollout> taught, RewardTable table)
    {
        double[][] advantages = [.. taught.Select(rollout => new double[rollout.Completion.TokenIds.Count])];
        foreach (int source in rewards.Teaching)
        {
            Add(advantages, rewards.Weight(source), [.. taught.Select((rollout, row) => StepsOf(rollout, source, table.Rewards[row]))]);
        }

        if (config.SoftOverlongCache is not null)
        {
            Add(advantages, weight: 1, [.. taught.Select((rollout, row) => Whole(rollout, double.IsNaN(table.Rewards[row]) ? double.NaN : rewards.SoftOverlong(rollout)))]);
        }

        return advantages;
    }

    /// <summary>A row without a reward has no steps; the steps of another row, in a control run, end where this one does.</summary>
    private static StepScore[] StepsOf(Rollout rollout, int source, double reward)
    {
        if (double.IsNaN(reward))
        {
            return [];
        }

        int last = rollout.Completion.TokenIds.Count - 1;
        return rollout.Steps.Count > 0 && rollout.Steps[source] is { } steps
            ? [.. steps.Select(step => step with { End = Math.Min(step.End, last) })]
            : Whole(rollout, rollout.Scores[source]);
    }

    private static StepScore[] Whole(Rollout rollout, double score) => [new StepScore(rollout.Completion.TokenIds.Count - 1, score)];

    private void Add(double[][] advantages, double weight, StepScore[][] steps)
    {
        for (int start = 0; start < steps.Length; start += config.GroupSize)
        {
            Range group = start..(start + config.GroupSize);
            double[][] ofGroup = ProcessAdvantage.Compute(steps[group], [.. advantages[group].Select(row => row.Length)], config.AdvantageEpsilon);
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
