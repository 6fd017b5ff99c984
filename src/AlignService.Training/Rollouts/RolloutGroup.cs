namespace AlignService.Training.Rollouts;

/// <summary>The rollouts of one prompt.</summary>
/// <param name="Rollouts">[G].</param>
/// <param name="Step">The step whose weights sampled them; an earlier one than the current where dynamic sampling had some left over.</param>
public sealed record RolloutGroup(IReadOnlyList<Rollout> Rollouts, int Step);
