using AlignService.Training.Advantages;

namespace AlignService.Training.Rollouts;

/// <summary>
/// Gathers the groups of a step. With dynamic sampling (arXiv:2503.14476) only groups whose rewards differ are taken, and those beyond the wanted number wait for
/// the next step.
/// </summary>
/// <param name="wantedCount">Groups of one step.</param>
/// <param name="selective">Dynamic sampling.</param>
/// <param name="rewardsOf">The rewards of a group's rows; NaN is unscored.</param>
public sealed class GroupPool(int wantedCount, bool selective, Func<RolloutGroup, IReadOnlyList<double>> rewardsOf)
{
    private List<RolloutGroup> _groups = [];

    /// <summary>Groups that wait for the next step.</summary>
    public IReadOnlyList<RolloutGroup> Waiting => _groups;

    public bool IsFull => _groups.Count >= wantedCount;

    /// <summary>Puts back what a checkpoint kept.</summary>
    public void Restore(IEnumerable<RolloutGroup> waiting) => _groups = [.. waiting];

    /// <returns>How many groups were dropped because their rewards do not differ.</returns>
    public int Add(IReadOnlyList<RolloutGroup> groups)
    {
        RolloutGroup[] useful = selective ? [.. groups.Where(group => SampleStatistics.Of(rewardsOf(group)).Varies)] : [.. groups];
        _groups.AddRange(useful);
        return groups.Count - useful.Length;
    }

    /// <summary>The groups of this step, at most the wanted number.</summary>
    public IReadOnlyList<RolloutGroup> Take()
    {
        RolloutGroup[] taken = [.. _groups.Take(wantedCount)];
        _groups = [.. _groups.Skip(wantedCount)];
        return taken;
    }
}
