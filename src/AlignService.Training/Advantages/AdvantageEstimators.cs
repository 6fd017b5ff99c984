using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Rewards;

namespace AlignService.Training.Advantages;

/// <summary>The known advantage estimators, one entry each; every entry reads the settings that its estimator needs. Formulas over whole groups are listed beside them.</summary>
internal static class AdvantageEstimators
{
    private static readonly Entry[] All =
    [
        .. GroupAdvantage.Formulas.Select(formula => Group(formula.Key, formula.Value)),
        new(AdvantageKind.Process, (config, rewards) => new ProcessAdvantageEstimator(rewards, config.AdvantageEpsilon)),
        new(AdvantageKind.Critic, (config, rewards) => new GaeEstimator(rewards, config.Critic!.Gamma, config.Critic.GaeLambda, KlInReward(config))), // validated: this advantage needs a critic
    ];

    public static IEnumerable<AdvantageKind> Kinds => All.Select(entry => entry.Kind);

    public static IAdvantageEstimator Create(GrpoConfig config, RolloutRewards rewards) => All.Single(entry => entry.Kind == config.Advantage).Create(config, rewards);

    /// <summary>One advantage per completion, from a formula over the rewards of whole groups.</summary>
    private static Entry Group(AdvantageKind kind, Func<RewardTable, double, double[]> formula) =>
        new(kind, (config, rewards) => new GroupAdvantageEstimator(rewards, table => formula(table, config.AdvantageEpsilon), KlInReward(config)));

    private static bool KlInReward(GrpoConfig config) => config.Loss.KlPlacement == KlPlacement.Reward;

    private sealed record Entry(AdvantageKind Kind, Func<GrpoConfig, RolloutRewards, IAdvantageEstimator> Create);
}
