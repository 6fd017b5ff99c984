namespace AlignService.Cli.Scoring;

/// <summary>What other rewards would have changed, over all rollouts of a replay.</summary>
internal sealed class ReplaySummary
{
    private readonly List<(double Old, double New)> _rewards = [];
    private readonly List<(double Old, double New)> _advantages = [];
    private long _comparedPairs;
    private long _turnedPairs;
    private int _groups;
    private int _groupsWithAnotherBest;

    public int Rows { get; private set; }

    public int Steps { get; private set; }

    public double OldRewardMean => Mean(_rewards.Select(pair => pair.Old));

    public double NewRewardMean => Mean(_rewards.Select(pair => pair.New));

    /// <summary>Pearson's, of the old and new advantages; NaN where there are none, or all are equal.</summary>
    public double AdvantageCorrelation => Correlation(_advantages);

    /// <summary>Share of completions that were pushed up and would have been pushed down, or the other way round.</summary>
    public double OppositeAdvantages => _advantages.Count == 0 ? double.NaN : _advantages.Count(pair => pair.Old * pair.New < 0) / (double)_advantages.Count;

    /// <summary>Of the pairs of a group that both rewards tell apart, the share whose order is the other way round.</summary>
    public double TurnedPairs => _comparedPairs == 0 ? double.NaN : _turnedPairs / (double)_comparedPairs;

    /// <summary>Share of groups none of whose best completions is among the best any more.</summary>
    public double OtherBest => _groups == 0 ? double.NaN : _groupsWithAnotherBest / (double)_groups;

    /// <param name="step">All completions of a step.</param>
    public void Add(IReadOnlyList<ReplayedRollout> step)
    {
        Rows += step.Count;
        Steps++;
        _rewards.AddRange(step.Select(row => (row.Before.Reward, row.Reward)));
        _advantages.AddRange(step.Where(row => row.Advantage is not null).Select(row => (row.Before.Advantage, row.Advantage!.Value)));
        foreach (IGrouping<int, ReplayedRollout> group in step.Where(row => row is { OldRank: > 0, NewRank: > 0 }).GroupBy(row => row.Before.Group))
        {
            ReplayedRollout[] rows = [.. group];
            for (int one = 0; one < rows.Length; one++)
            {
                for (int other = one + 1; other < rows.Length; other++)
                {
                    int before = rows[one].OldRank.CompareTo(rows[other].OldRank), after = rows[one].NewRank.CompareTo(rows[other].NewRank);
                    _comparedPairs += before != 0 && after != 0 ? 1 : 0;
                    _turnedPairs += before * after < 0 ? 1 : 0;
                }
            }

            _groups++;
            _groupsWithAnotherBest += Array.Exists(rows, row => row is { OldRank: 1, NewRank: 1 }) ? 0 : 1;
        }
    }

    private static double Mean(IEnumerable<double> values) => values.Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Average();

    private static double Correlation(IReadOnlyList<(double Old, double New)> pairs)
    {
        double oldMean = Mean(pairs.Select(pair => pair.Old)), newMean = Mean(pairs.Select(pair => pair.New));
        double covariance = pairs.Sum(pair => (pair.Old - oldMean) * (pair.New - newMean));
        return covariance / Math.Sqrt(pairs.Sum(pair => (pair.Old - oldMean) * (pair.Old - oldMean)) * pairs.Sum(pair => (pair.New - newMean) * (pair.New - newMean)));
    }
}
