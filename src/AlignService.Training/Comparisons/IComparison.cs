using AlignService.Training.Grpo;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Comparisons;

/// <summary>The third verb of a step: turns scores into advantages.</summary>
internal interface IComparison
{
    /// <param name="step">Scored and measured.</param>
    /// <param name="recorder">Takes reward/* and what else the comparison knows.</param>
    Credit Compare(MeasuredStep step, StepRecorder recorder);

    /// <summary>Whether the scores of a group tell its rollouts apart, so that dynamic sampling keeps it.</summary>
    bool TellsApart(RolloutGroup group);
}
