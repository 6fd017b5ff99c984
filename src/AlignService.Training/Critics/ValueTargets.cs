namespace AlignService.Training.Critics;

/// <summary>What a critic learns from a step, ragged [B][T].</summary>
/// <param name="OldValues">Its values when the rollouts were made.</param>
/// <param name="Returns">What they should have been.</param>
public sealed record ValueTargets(IReadOnlyList<double[]> OldValues, IReadOnlyList<double[]> Returns);
