using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Grpo;

/// <summary>Turns the scores of a step's groups into rewards and advantages.</summary>
internal sealed class GroupComparison(GrpoConfig config, IReadOnlyList<RewardSource> sources)
{
    /// <summary>Sources that teach something; the others are only reported.</summary>
    private readonly int[] _teaching = [.. Enumerable.Range(0, sources.Count).Where(source => sources[source].Weight != 0)];

    /// <summary>Rewards of one group, as dynamic sampling looks at them.</summary>
    public IReadOnlyList<double> RewardsOf(RolloutGroup group) => Table(group.Rollouts, group.Rollouts.Count, klPenalty: null).Rewards;

    /// <param name="rollouts">Groups one after the other.</param>
    /// <param name="step">Keys the permutation of a control run.</param>
    /// <param name="summedKl">[B], subtracted from the reward with the KL coefficient; null where the KL stands elsewhere.</param>
    /// <param name="klCoefficient">Of now.</param>
    /// <param name="metrics">Takes reward/*.</param>
    public IReadOnlyList<GradedRollout> Compare(
        IReadOnlyList<Rollout> rollouts, int step, double[]? summedKl, double klCoefficient, Dictionary<string, double> metrics)
    {
        IReadOnlyList<Rollout> taught = config.ShuffleRewards ? Shuffled(rollouts, step) : rollouts;
        RewardTable rewards = Table(taught, config.GroupSize, klPenalty: null);
        RewardTable compared = summedKl is null ? rewards : Table(taught, config.GroupSize, [.. summedKl.Select(kl => -klCoefficient * kl)]);
        double[] advantages = GroupAdvantage.Compute(compared, config.Advantage, config.AdvantageEpsilon);

        foreach ((string name, double value) in RewardMetrics.Of(rewards).Concat(SourceMetrics(rollouts)))
        {
            metrics[name] = value;
        }

        return [.. rollouts.Select((rollout, row) => new GradedRollout(rollout, rewards.Rewards[row], advantages[row]))];
    }

    private IEnumerable<KeyValuePair<string, double>> SourceMetrics(IReadOnlyList<Rollout> rollouts)
    {
        for (int source = 0; source < sources.Count; source++)
        {
            int index = source;
            foreach (KeyValuePair<string, double> metric in RewardMetrics.OfSource(sources[source].Name, [.. rollouts.Select(rollout => rollout.Scores[index])]))
            {
                yield return metric;
            }
        }

        if (config.SoftOverlongCache is not null)
        {
            foreach (KeyValuePair<string, double> metric in RewardMetrics.OfSource("soft_overlong", [.. rollouts.Select(SoftOverlong)]))
            {
                yield return metric;
            }
        }
    }

    /// <summary>The teaching sources, and penalties as further sources of weight 1; a row that no source scored has none either.</summary>
    private RewardTable Table(IReadOnlyList<Rollout> rollouts, int groupSize, double[]? klPenalty)
    {
        List<double> weights = [.. _teaching.Select(source => sources[source].Weight)];
        weights.AddRange(Enumerable.Repeat(1.0, (config.SoftOverlongCache is null ? 0 : 1) + (klPenalty is null ? 0 : 1)));
        double[][] scores = [.. rollouts.Select((rollout, row) =>
        {
            double[] given = [.. _teaching.Select(source => rollout.Scores[source])];
            bool scored = !given.All(double.IsNaN);
            double[] overlong = config.SoftOverlongCache is null ? [] : [scored ? SoftOverlong(rollout) : double.NaN];
            double[] kl = klPenalty is null ? [] : [scored ? klPenalty[row] : double.NaN];
            return (double[])[.. given, .. overlong, .. kl];
        })];
        var table = new RewardTable(scores, weights, groupSize);
        return config.PartialScores == PartialScores.ExcludeRow ? table.WithoutPartialRows() : table;
    }

    private double SoftOverlong(Rollout rollout) =>
        SoftOverlongPenalty.Of(rollout.Completion.TokenIds.Count, config.Sampling.MaxCompletionLength, config.SoftOverlongCache!.Value);

    /// <summary>The control: every row is taught with the scores of another one.</summary>
    private Rollout[] Shuffled(IReadOnlyList<Rollout> rollouts, int step)
    {
        int[] order = MinibatchSchedule.Shuffle(rollouts.Count, RandomSeeds.For(config.Seed, RandomPurpose.ShuffledRewards), step);
        return [.. rollouts.Select((rollout, row) => rollout with { Scores = rollouts[order[row]].Scores })];
    }
}
