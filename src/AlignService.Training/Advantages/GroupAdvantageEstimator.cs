using AlignService.Training.Metrics;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Advantages;

/// <summary>One advantage per completion, from its reward and those of its group (algorithms.md, section 2).</summary>
/// <param name="rewards">What the sources said.</param>
/// <param name="formula">From the rewards of whole groups to [B] advantages.</param>
/// <param name="klInReward">The KL to the reference is part of the reward.</param>
internal sealed class GroupAdvantageEstimator(RolloutRewards rewards, Func<RewardTable, double[]> formula, bool klInReward) : IAdvantageEstimator
{
    public AdvantageResult Estimate(StepInputs step, StepRecorder recorder)
    {
        IReadOnlyList<Rollout> rollouts = rewards.WithTrainingScores(step.Rollouts, step.Step);
        RewardTable table = rewards.Table(rollouts);
        recorder.Add(rewards.Metrics(step.Rollouts, table));

        RewardTable penalised = klInReward && step.LogProbs.Reference is not null
            ? rewards.Table(rollouts, [.. step.LogProbs.SummedKl().Select(kl => -step.KlCoefficient * kl)])
            : table;
        return new(table.Rewards, RolloutAdvantages.OfRows(formula(penalised)), step.Mask);
    }

    public bool HasLearningSignal(RolloutGroup group) => formula(rewards.Table(group)).Any(advantage => advantage != 0);
}
