namespace AlignService.Training.Rollouts;

/// <summary>
/// Gathers the groups of a step. With dynamic sampling (arXiv:2503.14476) only groups that teach something are taken, and those beyond the wanted number wait for
/// the next step.
/// </summary>
/// <param name="wantedCount">Groups of one step.</param>
/// <param name="isUseful">Whether a group teaches something; null: all are taken.</param>
public sealed class GroupPool(int wantedCount, Func<RolloutGroup, bool>? isUseful)
{
    private List<RolloutGroup> _groups = [];

    /// <summary>Groups that wait for the next step.</summary>
    public IReadOnlyList<RolloutGroup> Waiting => _groups;

    public bool IsFull => _groups.Count >= wantedCount;

    /// <summary>Puts back what a checkpoint kept.</summary>
    public void Restore(IEnumerable<RolloutGroup> waiting) => _groups = [.. waiting];

    /// <returns>How many groups were dropped because they teach nothing.</returns>
    public int Add(IReadOnlyList<RolloutGroup> groups)
    {
        RolloutGroup[] useful = isUseful is null ? [.. groups] : [.. groups.Where(isUseful)];
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
