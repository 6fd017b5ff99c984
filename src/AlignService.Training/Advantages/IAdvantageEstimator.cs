using AlignService.Training.Metrics;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Advantages;

/// <summary>The third verb of a step: turns scores into advantages.</summary>
internal interface IAdvantageEstimator
{
    /// <param name="step">Scored and measured.</param>
    /// <param name="recorder">Takes reward/* and what else the estimator knows.</param>
    AdvantageResult Estimate(StepInputs step, StepRecorder recorder);

    /// <summary>Whether the scores of a group differ in a way that teaches something, so that dynamic sampling keeps it.</summary>
    bool HasLearningSignal(RolloutGroup group);
}

/// <summary>What an estimator makes of a step's rollouts.</summary>
/// <param name="Rewards">[B] weighted sums of the scores, penalties included except the KL's; NaN is unscored.</param>
/// <param name="Advantages">Of each row, or of each of its tokens.</param>
/// <param name="Mask">[B] false: the row leaves the loss.</param>
internal sealed record AdvantageResult(IReadOnlyList<double> Rewards, RolloutAdvantages Advantages, IReadOnlyList<bool> Mask)
{
    /// <summary>What the critic is to learn; null where there is none.</summary>
    public ValueTargets? Values { get; init; }
}

/// <summary>What a critic learns from a step, ragged [B][T].</summary>
/// <param name="OldValues">Its values when the rollouts were made.</param>
/// <param name="Returns">What they should have been.</param>
internal sealed record ValueTargets(IReadOnlyList<double[]> OldValues, IReadOnlyList<double[]> Returns);
