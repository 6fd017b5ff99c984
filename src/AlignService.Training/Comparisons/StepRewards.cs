using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Lengths;
using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Comparisons;

/// <summary>What the sources said about a step's rollouts, as comparisons read it.</summary>
internal sealed class StepRewards(GrpoConfig config, IReadOnlyList<RewardSource> sources)
{
    /// <summary>Sources that teach something, by index; the others are only reported.</summary>
    public IReadOnlyList<int> Teaching { get; } = [.. Enumerable.Range(0, sources.Count).Where(source => sources[source].Weight != 0)];

    public double Weight(int source) => sources[source].Weight;

    /// <summary>The scores of one group.</summary>
    public RewardTable Table(RolloutGroup group) => Table(group.Rollouts, group.Rollouts.Count, klPenalty: null);

    /// <summary>The teaching sources, and penalties as further sources of weight 1; a row that no source scored has none either.</summary>
    /// <param name="rollouts">Groups one after the other.</param>
    /// <param name="groupSize">Rows of one group.</param>
    /// <param name="klPenalty">[B], added to the reward; null where the KL stands elsewhere.</param>
    public RewardTable Table(IReadOnlyList<Rollout> rollouts, int groupSize, double[]? klPenalty)
    {
        List<double> weights = [.. Teaching.Select(Weight)];
        weights.AddRange(Enumerable.Repeat(1.0, (config.SoftOverlongCache is null ? 0 : 1) + (klPenalty is null ? 0 : 1)));
        double[][] scores = [.. rollouts.Select((rollout, row) =>
        {
            double[] given = [.. Teaching.Select(source => rollout.Scores[source])];
            bool scored = !given.All(double.IsNaN);
            double[] overlong = config.SoftOverlongCache is null ? [] : [scored ? SoftOverlong(rollout) : double.NaN];
            double[] kl = klPenalty is null ? [] : [scored ? klPenalty[row] : double.NaN];
            return (double[])[.. given, .. overlong, .. kl];
        })];
        return new RewardTable(scores, weights, groupSize).Scored(config.PartialScores);
    }

    /// <summary>The rollouts with the scores that they are taught with: their own, or in a control run those of another row.</summary>
    public IReadOnlyList<Rollout> Taught(IReadOnlyList<Rollout> rollouts, int step)
    {
        if (!config.ShuffleRewards)
        {
            return rollouts;
        }

        int[] order = MinibatchSchedule.Shuffle(rollouts.Count, RandomSeeds.For(config.Seed, RandomPurpose.ShuffledRewards), step);
        return [.. rollouts.Select((rollout, row) => rollout with { Scores = rollouts[order[row]].Scores, Steps = rollouts[order[row]].Steps })];
    }

    /// <summary>reward/*: of the rows' rewards, and of each source.</summary>
    /// <param name="rollouts">With their own scores.</param>
    /// <param name="rewards">As taught, without a KL penalty.</param>
    public IEnumerable<KeyValuePair<string, double>> Metrics(IReadOnlyList<Rollout> rollouts, RewardTable rewards)
    {
        IEnumerable<KeyValuePair<string, double>> metrics = RewardMetrics.Of(rewards);
        for (int source = 0; source < sources.Count; source++)
        {
            int index = source;
            metrics = metrics.Concat(RewardMetrics.OfSource(sources[source].Name, [.. rollouts.Select(rollout => rollout.Scores[index])]));
        }

        return config.SoftOverlongCache is null ? metrics : metrics.Concat(RewardMetrics.OfSource("soft_overlong", [.. rollouts.Select(SoftOverlong)]));
    }

    public double SoftOverlong(Rollout rollout) =>
        SoftOverlongPenalty.Of(rollout.Completion.TokenIds.Count, config.Sampling.MaxCompletionLength, config.SoftOverlongCache!.Value);
}
