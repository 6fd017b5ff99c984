using AlignService.Training.Metrics;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Advantages;

/// <summary>The third verb of a step: turns scores into advantages.</summary>
internal interface IAdvantageEstimator
{
    /// <param name="step">Scored and measured.</param>
    /// <param name="recorder">Receives reward/* and other metrics of the estimator.</param>
    AdvantageResult Estimate(StepInputs step, StepRecorder recorder);

    /// <summary>Whether the scores of a group give a learning signal, so dynamic sampling keeps it.</summary>
    bool HasLearningSignal(RolloutGroup group);
}

/// <summary>An estimator's result for a step's rollouts.</summary>
/// <param name="Rewards">[B] weighted sums of the scores, penalties included except the KL's; NaN is unscored.</param>
/// <param name="Advantages">Of each row, or of each of its tokens.</param>
/// <param name="Mask">[B] false: the row is excluded from the loss.</param>
internal sealed record AdvantageResult(IReadOnlyList<double> Rewards, RolloutAdvantages Advantages, IReadOnlyList<bool> Mask)
{
    /// <summary>The critic's targets; null where there is no critic.</summary>
    public ValueTargets? Values { get; init; }
}

/// <summary>What a critic learns from a step, ragged [B][T].</summary>
/// <param name="OldValues">Its values when the rollouts were made.</param>
/// <param name="Returns">The target values.</param>
internal sealed record ValueTargets(IReadOnlyList<double[]> OldValues, IReadOnlyList<double[]> Returns);
