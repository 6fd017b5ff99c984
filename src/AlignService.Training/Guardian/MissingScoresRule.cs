using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;

namespace AlignService.Training.Guardian;

/// <summary>A reward source that gives no scores, to none of the completions that were sampled, whether their groups are trained on or not. A run that is shorter than the rule's patience must not succeed without any, either.</summary>
internal sealed class MissingScoresRule(GuardedRun run, GuardianRuleConfig config) : GuardianRule("missing_scores", config)
{
    public override int Patience => Math.Min(base.Patience, Math.Max(1, run.StepCount));

    protected override string Meaning => "Completions without a score are not trained on, so the source teaches less than it seems to, or nothing.";

    protected override string Remedy => "The step's notices give the reasons: an answer that the data lack, a script that fails, a context that is too short. Mend the source, or take it out of the job.";

    public override IEnumerable<KeyValuePair<string, double>> Measure(StepObservation step) => run.WeightedSources
        .Where(source => step.Metrics.ContainsKey(MetricNames.RewardSourceMissingFraction(source)))
        .Select(source => KeyValuePair.Create(source, step.Metrics[MetricNames.RewardSourceMissingFraction(source)]));

    public override bool IsBeyond(double value, double bound) => value >= bound;

    protected override string Sentence(string subject, double value, double bound, StepObservation step) =>
        $"{subject} gave no score to {Text(100 * value)}% of the sampled completions, at or above {Text(100 * bound)}% {Lasting}.";
}
