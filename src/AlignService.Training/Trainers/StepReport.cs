using AlignService.Specs.Guardian;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Trainers;

/// <summary>What a step did.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Metrics">By the names of algorithms.md.</param>
/// <param name="Rollouts">Those that the update used, group by group.</param>
/// <param name="Messages">What a user should know: missing scores, skipped updates.</param>
public sealed record StepReport(int Step, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<ScoredRollout> Rollouts, IReadOnlyList<string> Messages)
{
    /// <summary>What the guardian has seen.</summary>
    public IReadOnlyList<GuardianFinding> Findings { get; init; } = [];

    /// <summary>A rule that would roll back has seen its bound passed, if not often enough yet.</summary>
    public bool IsSuspect { get; init; }
}

/// <summary>A rollout with what became of it.</summary>
/// <param name="Rollout">Prompt, completion and scores.</param>
/// <param name="Reward">Weighted sum of its scores, penalties included; NaN is unscored.</param>
/// <param name="Advantage">What the reward was worth; the mean over its tokens where they differ.</param>
public sealed record ScoredRollout(Rollout Rollout, double Reward, double Advantage);
