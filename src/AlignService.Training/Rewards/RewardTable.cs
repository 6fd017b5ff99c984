using AlignService.Specs.Metrics;
using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Metrics;

namespace AlignService.Training.Rewards;

/// <summary>The reward sources' scores of the rollouts of a step. Rows of one group are adjacent.</summary>
/// <param name="Scores">[B][K], one value per source; NaN is "no score".</param>
/// <param name="Weights">[K], factor of each source.</param>
/// <param name="GroupSize">Rows of one prompt (G).</param>
internal sealed record RewardTable(IReadOnlyList<IReadOnlyList<double>> Scores, IReadOnlyList<double> Weights, int GroupSize)
{
    /// <summary>Row rewards [B]: the weighted sum over the sources that scored; NaN where none did.</summary>
    public IReadOnlyList<double> Rewards { get; } = [.. Scores.Select(row => WeightedSum(row, Weights))];

    public int GroupCount => Scores.Count / GroupSize;

    /// <summary>The values of one group out of a list with one value per row.</summary>
    public IEnumerable<double> Group(IReadOnlyList<double> values, int group) => values.Skip(group * GroupSize).Take(GroupSize);

    /// <summary>The scores [B] of one source.</summary>
    public IReadOnlyList<double> Source(int source) => [.. Scores.Select(row => row[source])];

    /// <summary>The same table; depending on the setting, rows that not every source scored are left unscored.</summary>
    public RewardTable Scored(PartialScores partial) => partial == PartialScores.Sum ? this :
        new([.. Scores.Select(row => row.Any(double.IsNaN) ? [.. row.Select(_ => double.NaN)] : row)], Weights, GroupSize);

    private static double WeightedSum(IReadOnlyList<double> scores, IReadOnlyList<double> weights)
    {
        double sum = 0;
        bool scored = false;
        for (int k = 0; k < scores.Count; k++)
        {
            if (!double.IsNaN(scores[k]))
            {
                sum += weights[k] * scores[k];
                scored = true;
            }
        }

        return scored ? sum : double.NaN;
    }
}

/// <summary>The reward metrics of a step, by the names of algorithms.md.</summary>
internal static class RewardMetrics
{
    /// <summary>reward/mean, reward/std (mean of the groups' standard deviations) and reward/zero_std_fraction; undefined values are left out: means where nothing was scored, spreads in groups of one.</summary>
    public static IReadOnlyDictionary<string, double> Of(RewardTable table)
    {
        SampleStatistics all = SampleStatistics.Of(table.Rewards);
        SampleStatistics[] groups = [.. Enumerable.Range(0, table.GroupCount).Select(group => SampleStatistics.Of(table.Group(table.Rewards, group)))];
        SampleStatistics[] compared = [.. groups.Where(group => group.Count > 1)];

        Dictionary<string, double> metrics = [];
        if (table.GroupSize > 1)
        {
            metrics[MetricNames.RewardZeroStdFraction] = groups.Length == 0 ? 0 : groups.Count(group => !group.Varies) / (double)groups.Length;
        }

        if (all.Count > 0)
        {
            metrics[MetricNames.RewardMean] = all.Mean;
        }

        if (compared.Length > 0)
        {
            metrics[MetricNames.RewardStd] = compared.Average(group => group.StandardDeviation);
        }

        return metrics;
    }

    /// <summary>reward/{name}/mean and std of one source; none where it scored nothing.</summary>
    public static IReadOnlyDictionary<string, double> OfSource(string name, IReadOnlyList<double> scores)
    {
        SampleStatistics scored = SampleStatistics.Of(scores);
        Dictionary<string, double> metrics = [];
        if (scored.Count > 0)
        {
            metrics[MetricNames.RewardSourceMean(name)] = scored.Mean;
            metrics[MetricNames.RewardSourceStd(name)] = scored.StandardDeviation;
        }

        return metrics;
    }
}
