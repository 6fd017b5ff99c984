using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Training.Batches;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Rewards;

/// <summary>How scores become rewards.</summary>
internal sealed record RolloutRewardSettings
{
    /// <summary>Completions per prompt.</summary>
    public required int GroupSize { get; init; }

    public required PartialScores PartialScores { get; init; }

    /// <summary>Tokens of the longest completion.</summary>
    public required int MaxCompletionLength { get; init; }

    /// <summary>Tokens before the limit over which the soft overlong penalty falls; null is off.</summary>
    public int? SoftOverlongCache { get; init; }

    /// <summary>Key of the permutation of a control run; null: no permutation.</summary>
    public ulong? ShuffleSeed { get; init; }

    public static RolloutRewardSettings Of(GrpoConfig config) => new()
    {
        GroupSize = config.GroupSize,
        PartialScores = config.PartialScores,
        MaxCompletionLength = config.Sampling.MaxCompletionLength,
        SoftOverlongCache = config.SoftOverlongCache,
        ShuffleSeed = config.ShuffleRewards ? RandomSeeds.For(config.Seed, RandomPurpose.ShuffledRewards) : null,
    };
}

/// <summary>The sources' scores of a step's rollouts, for advantage estimators.</summary>
internal sealed class RolloutRewards(RolloutRewardSettings settings, IReadOnlyList<RewardSource> sources)
{
    /// <summary>Indices of the sources that are trained on; the others are only reported.</summary>
    public IReadOnlyList<int> Weighted { get; } = [.. Enumerable.Range(0, sources.Count).Where(source => sources[source].Weight != 0)];

    public bool PenalisesOverlong => settings.SoftOverlongCache is not null;

    public double Weight(int source) => sources[source].Weight;

    /// <summary>The scores of one group.</summary>
    public RewardTable Table(RolloutGroup group) => Table(group.Rollouts, group.Rollouts.Count, klPenalty: null);

    /// <summary>The weighted sources, and penalties as further sources of weight 1; a row that no source scored gets no penalty either.</summary>
    /// <param name="rollouts">Groups, one after the other.</param>
    /// <param name="klPenalty">[B], added to the reward; null where the KL is not in the reward.</param>
    public RewardTable Table(IReadOnlyList<Rollout> rollouts, double[]? klPenalty = null) => Table(rollouts, settings.GroupSize, klPenalty);

    /// <summary>The rollouts with the scores that they are trained with: their own, or in a control run those of another row.</summary>
    public IReadOnlyList<Rollout> WithTrainingScores(IReadOnlyList<Rollout> rollouts, int step)
    {
        if (settings.ShuffleSeed is not ulong seed)
        {
            return rollouts;
        }

        int[] order = MinibatchSchedule.Shuffle(rollouts.Count, seed, step);
        return [.. rollouts.Select((rollout, row) => rollout with { Scores = rollouts[order[row]].Scores, Segments = rollouts[order[row]].Segments })];
    }

    /// <summary>reward/*: of the rows' rewards, and of each source.</summary>
    /// <param name="rollouts">With their own scores.</param>
    /// <param name="rewards">As trained with, without a KL penalty.</param>
    public IEnumerable<KeyValuePair<string, double>> Metrics(IReadOnlyList<Rollout> rollouts, RewardTable rewards)
    {
        IEnumerable<KeyValuePair<string, double>> metrics = RewardMetrics.Of(rewards);
        for (int source = 0; source < sources.Count; source++)
        {
            int index = source;
            metrics = metrics.Concat(RewardMetrics.OfSource(sources[source].Name, [.. rollouts.Select(rollout => rollout.Scores[index])]));
        }

        return PenalisesOverlong ? metrics.Concat(RewardMetrics.OfSource("soft_overlong", [.. rollouts.Select(SoftOverlong)])) : metrics;
    }

    public double SoftOverlong(Rollout rollout) =>
        SoftOverlongPenalty.Of(rollout.Completion.TokenIds.Count, settings.MaxCompletionLength, settings.SoftOverlongCache!.Value); // asked for only where PenalisesOverlong

    private RewardTable Table(IReadOnlyList<Rollout> rollouts, int groupSize, double[]? klPenalty)
    {
        List<double> weights = [.. Weighted.Select(Weight)];
        weights.AddRange(Enumerable.Repeat(1.0, (PenalisesOverlong ? 1 : 0) + (klPenalty is null ? 0 : 1)));
        double[][] scores = [.. rollouts.Select((rollout, row) =>
        {
            double[] given = [.. Weighted.Select(source => rollout.Scores[source])];
            bool scored = !given.All(double.IsNaN);
            double[] overlong = PenalisesOverlong ? [scored ? SoftOverlong(rollout) : double.NaN] : [];
            double[] kl = klPenalty is null ? [] : [scored ? klPenalty[row] : double.NaN];
            return (double[])[.. given, .. overlong, .. kl];
        })];
        return new RewardTable(scores, weights, groupSize).Scored(settings.PartialScores);
    }
}
