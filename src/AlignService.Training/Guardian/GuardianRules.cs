using AlignService.Specs.Guardian;

namespace AlignService.Training.Guardian;

/// <summary>The known rules, one entry each, in the order of their findings.</summary>
internal static class GuardianRules
{
    private static readonly Func<GuardianConfig, GuardedRun, GuardianRule>[] All =
    [
        (config, _) => new NonFiniteRule(config.NonFinite),
        (config, _) => new KlBlowUpRule(config.KlBlowUp),
        (config, _) => new EntropyCollapseRule(config.EntropyCollapse),
        (config, _) => new LengthExplosionRule(config.LengthExplosion),
        (config, run) => new NoLearningSignalRule(config.NoLearningSignal, run.GroupSize),
        (config, run) => new ConstantRewardRule(run.WeightedSources, config.ConstantReward),
        (config, run) => new MissingScoresRule(run, config.MissingScores),
        (config, _) => new SamplerMismatchRule(config.SamplerMismatch),
    ];

    /// <summary>The rules that are on.</summary>
    public static GuardianRule[] Create(GuardianConfig config, GuardedRun run) => [.. All.Select(create => create(config, run)).Where(rule => rule.IsActive)];
}

/// <summary>What rules know about the run that they watch.</summary>
/// <param name="GroupSize">Completions per prompt.</param>
/// <param name="WeightedSources">Names of the reward sources that are trained on.</param>
/// <param name="StepCount">Steps of the whole run.</param>
internal sealed record GuardedRun(int GroupSize, IReadOnlyList<string> WeightedSources, int StepCount);
