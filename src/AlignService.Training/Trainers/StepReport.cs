using AlignService.Specs.Guardian;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Trainers;

/// <summary>What a step did.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Metrics">By the names of algorithms.md.</param>
/// <param name="Rollouts">Those that the update used, group by group.</param>
/// <param name="Messages">Messages for the user: missing scores, skipped updates.</param>
public sealed record StepReport(int Step, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<ScoredRollout> Rollouts, IReadOnlyList<string> Messages)
{
    /// <summary>The guardian's findings.</summary>
    public IReadOnlyList<GuardianFinding> Findings { get; init; } = [];

    /// <summary>A rule that would roll back has its bound exceeded, but not often enough yet.</summary>
    public bool IsSuspect { get; init; }
}

/// <summary>A rollout with its reward and advantage.</summary>
/// <param name="Rollout">Prompt, completion and scores.</param>
/// <param name="Reward">Weighted sum of its scores, penalties included; NaN is unscored.</param>
/// <param name="Advantage">Its advantage; the mean over its tokens where they differ.</param>
public sealed record ScoredRollout(Rollout Rollout, double Reward, double Advantage);
