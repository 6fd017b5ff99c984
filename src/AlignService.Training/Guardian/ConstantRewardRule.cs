using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;

namespace AlignService.Training.Guardian;

/// <summary>A reward source that gives every completion of a step the same score.</summary>
/// <param name="sources">Names of those that are trained on.</param>
/// <param name="config">When the rule triggers.</param>
internal sealed class ConstantRewardRule(IReadOnlyList<string> sources, GuardianRuleConfig config) : GuardianRule("constant_reward", config)
{
    protected override string Meaning => "The source gives no learning signal: every completion satisfies it, none does, or it is broken.";

    protected override string Remedy => "Try the source on a completion that should score differently (a pattern that never matches is common); remove it if it has served its purpose.";

    public override IEnumerable<KeyValuePair<string, double>> Measure(StepObservation step) => sources
        .Where(source => step.Metrics.ContainsKey(MetricNames.RewardSourceStd(source)))
        .Select(source => KeyValuePair.Create(source, step.Metrics[MetricNames.RewardSourceStd(source)]));

    public override bool IsBeyond(double value, double bound) => value <= bound;

    protected override string Sentence(string subject, double value, double bound, StepObservation step)
    {
        string mean = step.Metrics.TryGetValue(MetricNames.RewardSourceMean(subject), out double score) ? $" (their mean is {Text(score)})" : "";
        return $"the scores of {subject} have a standard deviation of {Text(value)}{mean}, at or below {Text(bound)} {Lasting}.";
    }
}
