using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Batches;
using AlignService.Training.Metrics;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;
using static TorchSharp.torch;

namespace AlignService.Training.Advantages;

/// <summary>The third verb of a step: turns scores into advantages.</summary>
internal interface IAdvantageEstimator
{
    /// <param name="step">Scored and measured.</param>
    /// <param name="recorder">Receives reward/* and other metrics of the estimator.</param>
    AdvantageResult Estimate(StepInputs step, StepRecorder recorder);

    /// <summary>Whether the scores of a group give a learning signal, so dynamic sampling keeps it.</summary>
    bool HasLearningSignal(RolloutGroup group);
}

/// <summary>An estimator's result for a step's rollouts.</summary>
/// <param name="Rewards">[B] weighted sums of the scores, penalties included except the KL's; NaN is unscored.</param>
/// <param name="Advantages">Of each row, or of each of its tokens.</param>
/// <param name="Mask">[B] false: the row is excluded from the loss.</param>
internal sealed record AdvantageResult(IReadOnlyList<double> Rewards, RolloutAdvantages Advantages, IReadOnlyList<bool> Mask)
{
    /// <summary>The critic's targets; null where there is no critic.</summary>
    public ValueTargets? Values { get; init; }
}

/// <summary>What a critic learns from a step, ragged [B][T].</summary>
/// <param name="OldValues">Its values when the rollouts were made.</param>
/// <param name="Returns">The target values.</param>
internal sealed record ValueTargets(IReadOnlyList<double[]> OldValues, IReadOnlyList<double[]> Returns);

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

/// <summary>The advantages of a step's rollouts: one per completion, or one per token.</summary>
internal sealed record RolloutAdvantages
{
    private RolloutAdvantages(IReadOnlyList<double[]> rows, bool perToken) => (Rows, PerToken) = (rows, perToken);

    /// <summary>[B], each with one value, or with one per completion token.</summary>
    public IReadOnlyList<double[]> Rows { get; }

    public bool PerToken { get; }

    public static RolloutAdvantages OfRows(IEnumerable<double> rows) => new([.. rows.Select(advantage => new[] { advantage })], perToken: false);

    public static RolloutAdvantages OfTokens(IReadOnlyList<double[]> rows) => new(rows, perToken: true);

    /// <summary>Mean over the row's tokens, for display.</summary>
    public double Mean(int row) => Rows[row].Length == 0 ? 0 : Rows[row].Average();

    /// <summary>[b, 1] of the given rows, or [b, T] with 0 after their ends.</summary>
    public Tensor ToTensor(IReadOnlyList<int> rows, int width, ScalarType dtype, Device device) =>
        PaddedRows.Of([.. rows.Select(row => Rows[row])], PerToken ? width : 1, dtype, device);
}
