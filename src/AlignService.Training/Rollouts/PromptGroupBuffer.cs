namespace AlignService.Training.Rollouts;

/// <summary>
/// Collects the groups of a step. With dynamic sampling (arXiv:2503.14476) only groups with a learning signal are kept, and surplus groups wait for
/// the next step.
/// </summary>
/// <param name="wantedCount">Groups of one step.</param>
/// <param name="hasLearningSignal">Whether a group has one; null: all are kept.</param>
internal sealed class PromptGroupBuffer(int wantedCount, Func<RolloutGroup, bool>? hasLearningSignal)
{
    private List<RolloutGroup> _groups = [];

    /// <summary>Groups waiting for the next step.</summary>
    public IReadOnlyList<RolloutGroup> Waiting => _groups;

    public bool IsFull => _groups.Count >= wantedCount;

    /// <summary>Restores the groups from a checkpoint.</summary>
    public void Restore(IEnumerable<RolloutGroup> waiting) => _groups = [.. waiting];

    /// <returns>Groups dropped because they have no learning signal.</returns>
    public IReadOnlyList<RolloutGroup> Add(IReadOnlyList<RolloutGroup> groups)
    {
        ILookup<bool, RolloutGroup> byUse = groups.ToLookup(group => hasLearningSignal is null || hasLearningSignal(group));
        _groups.AddRange(byUse[true]);
        return [.. byUse[false]];
    }

    /// <summary>The groups of this step, at most the wanted number.</summary>
    public IReadOnlyList<RolloutGroup> Take()
    {
        RolloutGroup[] taken = [.. _groups.Take(wantedCount)];
        _groups = [.. _groups.Skip(wantedCount)];
        return taken;
    }
}
