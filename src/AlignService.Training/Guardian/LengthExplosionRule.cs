using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;

namespace AlignService.Training.Guardian;

/// <summary>Completions that keep growing.</summary>
internal sealed class LengthExplosionRule(GuardianRuleConfig config) : GuardianRule("length_explosion", config)
{
    protected override string Meaning => "Longer completions are rewarded, or cost nothing: a reward model that prefers length, or a loss that dilutes bad tokens in long completions.";

    protected override string Remedy => "Check completions/truncated_fraction and the longest completions; add a length or overlong penalty, or use the profile dr_grpo.";

    public override IEnumerable<KeyValuePair<string, double>> Measure(StepObservation step) => Only(step, MetricNames.CompletionsMeanLength);

    public override double BoundFor(double first) => Threshold * first;

    public override bool IsBeyond(double value, double bound) => value > bound;

    protected override string Sentence(string subject, double value, double bound, StepObservation step) =>
        $"completions/mean_length is {Text(value)} tokens, above {Text(bound)} ({Text(Threshold)} times the first step's) {Lasting}.";
}
