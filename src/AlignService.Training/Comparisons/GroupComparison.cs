using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Advantages;
using AlignService.Training.Grpo;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Comparisons;

/// <summary>One advantage a completion, from its reward and those of its group (algorithms.md, section 2).</summary>
internal sealed class GroupComparison(GrpoConfig config, StepRewards rewards) : IComparison
{
    public Credit Compare(MeasuredStep step, StepRecorder recorder)
    {
        IReadOnlyList<Rollout> taught = rewards.Taught(step.Rollouts, step.Step);
        RewardTable table = rewards.Table(taught, config.GroupSize, klPenalty: null);
        recorder.Add(rewards.Metrics(step.Rollouts, table));

        bool klInReward = config.Loss.KlPlacement == KlPlacement.Reward && step.LogProbs.Reference is not null;
        RewardTable compared = klInReward ? rewards.Table(taught, config.GroupSize, [.. step.LogProbs.SummedKl().Select(kl => -step.KlCoefficient * kl)]) : table;
        return new(table.Rewards, StepAdvantages.OfRows(GroupAdvantage.Compute(compared, config.Advantage, config.AdvantageEpsilon)), step.Counts);
    }

    public bool TellsApart(RolloutGroup group) => GroupAdvantage.Compute(rewards.Table(group), config.Advantage, config.AdvantageEpsilon).Any(advantage => advantage != 0);
}
