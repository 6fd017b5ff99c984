using AlignService.Training.Critics;

namespace AlignService.Training.Comparisons;

/// <summary>What a comparison makes of a step's rollouts.</summary>
/// <param name="Rewards">[B] weighted sums of the scores, penalties included but for the KL's; NaN is unscored.</param>
/// <param name="Advantages">What each token of each row was worth.</param>
/// <param name="Counts">[B] false: the row leaves the loss.</param>
internal sealed record Credit(IReadOnlyList<double> Rewards, StepAdvantages Advantages, IReadOnlyList<bool> Counts)
{
    /// <summary>What the critic is to learn; null where there is none.</summary>
    public ValueTargets? Values { get; init; }
}
