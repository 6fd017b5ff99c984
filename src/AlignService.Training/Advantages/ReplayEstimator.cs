using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Advantages;

/// <summary>
/// What a step would have been given for other scores of the completions that it sampled: rewards by the job's weights and penalties, and advantages by its formula, without a KL penalty in the reward.
/// Needs no model, so advantages from a critic or from segments are left out.
/// </summary>
/// <param name="config">Of the job that sampled them.</param>
/// <param name="sources">The rewards whose scores they are.</param>
public sealed class ReplayEstimator(GrpoConfig config, IReadOnlyList<RewardSource> sources)
{
    private readonly RolloutRewards _rewards = new(RolloutRewardSettings.Of(config), sources);

    private readonly Func<RewardTable, double, double[]>? _formula = GroupAdvantage.Formulas.GetValueOrDefault(config.Advantage);

    /// <summary>Whether the job's advantage is a formula over the rewards of groups.</summary>
    public bool HasFormula => _formula is not null;

    /// <summary>[B] each.</summary>
    /// <param name="rollouts">Whole groups of one step, one after the other, with their scores.</param>
    public (IReadOnlyList<double> Rewards, IReadOnlyList<double>? Advantages) Estimate(IReadOnlyList<Rollout> rollouts)
    {
        RewardTable table = _rewards.Table(rollouts);
        return (table.Rewards, _formula?.Invoke(table, config.AdvantageEpsilon));
    }
}
