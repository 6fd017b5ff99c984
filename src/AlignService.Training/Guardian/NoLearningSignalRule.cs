using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;

namespace AlignService.Training.Guardian;

/// <summary>Groups whose completions all have the same reward: nothing in them says what was better.</summary>
internal sealed class NoLearningSignalRule(GuardianRuleConfig config, int groupSize) : GuardianRule("no_learning_signal", config)
{
    /// <summary>A group of one completion is always flat.</summary>
    public override bool IsActive => base.IsActive && groupSize > 1;

    protected override string Meaning => "The prompts are all too easy or all too hard for the current policy, or the reward does not distinguish completions.";

    protected override string Remedy => "Use prompts of mixed difficulty, a larger group_size, a reward with partial credit, or dynamic_sampling.";

    /// <summary>A step that kept no group had no useful one. A step without any score is the business of missing_scores.</summary>
    public override IEnumerable<KeyValuePair<string, double>> Measure(StepObservation step) =>
        !step.Metrics.ContainsKey(MetricNames.CompletionsMeanLength) ? step.HasRewards ? [KeyValuePair.Create("", 1.0)] : []
        : step.Metrics.ContainsKey(MetricNames.RewardMean) ? Only(step, MetricNames.RewardZeroStdFraction) : [];

    public override bool IsBeyond(double value, double bound) => value >= bound;

    protected override string Sentence(string subject, double value, double bound, StepObservation step) =>
        $"in {Text(100 * value)}% of the groups all rewards were equal, at or above {Text(100 * bound)}% {Lasting}.";
}
