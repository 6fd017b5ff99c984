using AlignService.Training.Metrics;

namespace AlignService.Training.Rewards;

/// <summary>What a step reports about its rewards, by the names of algorithms.md.</summary>
internal static class RewardMetrics
{
    /// <summary>reward/mean, reward/std (mean of the groups' standard deviations) and reward/zero_std_fraction; what has no meaning is left out: means where nothing was scored, spreads in groups of one.</summary>
    public static IReadOnlyDictionary<string, double> Of(RewardTable table)
    {
        SampleStatistics all = SampleStatistics.Of(table.Rewards);
        SampleStatistics[] groups = [.. Enumerable.Range(0, table.GroupCount).Select(group => SampleStatistics.Of(table.Group(table.Rewards, group)))];
        SampleStatistics[] compared = [.. groups.Where(group => group.Count > 1)];

        Dictionary<string, double> metrics = [];
        if (table.GroupSize > 1)
        {
            metrics["reward/zero_std_fraction"] = groups.Length == 0 ? 0 : groups.Count(group => !group.Varies) / (double)groups.Length;
        }

        if (all.Count > 0)
        {
            metrics["reward/mean"] = all.Mean;
        }

        if (compared.Length > 0)
        {
            metrics["reward/std"] = compared.Average(group => group.StandardDeviation);
        }

        return metrics;
    }

    /// <summary>reward/{name}/mean, std and missing_fraction of one source.</summary>
    public static IReadOnlyDictionary<string, double> OfSource(string name, IReadOnlyList<double> scores)
    {
        SampleStatistics scored = SampleStatistics.Of(scores);
        Dictionary<string, double> metrics = new() { [$"reward/{name}/missing_fraction"] = scores.Count == 0 ? 0 : 1 - scored.Count / (double)scores.Count };
        if (scored.Count > 0)
        {
            metrics[$"reward/{name}/mean"] = scored.Mean;
            metrics[$"reward/{name}/std"] = scored.StandardDeviation;
        }

        return metrics;
    }
}
