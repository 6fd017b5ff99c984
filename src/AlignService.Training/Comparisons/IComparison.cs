using AlignService.Training.Grpo;

namespace AlignService.Training.Comparisons;

/// <summary>The third verb of a step: turns scores into advantages.</summary>
internal interface IComparison
{
    /// <param name="step">Scored and measured.</param>
    /// <param name="recorder">Takes reward/* and what else the comparison knows.</param>
    Credit Compare(MeasuredStep step, StepRecorder recorder);
}
