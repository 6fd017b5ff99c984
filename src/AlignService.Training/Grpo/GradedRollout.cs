using AlignService.Training.Rollouts;

namespace AlignService.Training.Grpo;

/// <summary>A rollout with what became of it.</summary>
/// <param name="Rollout">Prompt, completion and scores.</param>
/// <param name="Reward">Weighted sum of its scores, penalties included; NaN is unscored.</param>
/// <param name="Advantage">What the reward was worth; the mean over its tokens where they differ.</param>
public sealed record GradedRollout(Rollout Rollout, double Reward, double Advantage);
