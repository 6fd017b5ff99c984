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
