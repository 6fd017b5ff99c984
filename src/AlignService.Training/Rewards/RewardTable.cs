using AlignService.Specs.PolicyOptimization;

namespace AlignService.Training.Rewards;

/// <summary>What the reward sources said about the rollouts of a step. Rows of one group stand together.</summary>
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

    /// <summary>The same table, where rows that not every source scored may be left unscored.</summary>
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
