using AlignService.Training.Rollouts;

namespace AlignService.Training.Evaluation;

/// <summary>How the policy answers held-out prompts.</summary>
/// <param name="Metrics">eval/* by the names of algorithms.md.</param>
/// <param name="Rollouts">Every answer, in the order of prompts.</param>
/// <param name="Rewards">[B] reward of each; NaN is unscored.</param>
/// <param name="Score">Mean reward; null where nothing was scored.</param>
/// <param name="Messages">What a user should know.</param>
public sealed record EvaluationReport(
    IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<Rollout> Rollouts, IReadOnlyList<double> Rewards, double? Score, IReadOnlyList<string> Messages);
