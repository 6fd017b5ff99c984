using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;

namespace AlignService.Training.Guardian;

/// <summary>A policy that diverges from its reference.</summary>
internal sealed class KlBlowUpRule(GuardianRuleConfig config) : GuardianRule("kl_blow_up", config)
{
    protected override string Meaning => "The policy is moving away from the reference model's language, most often to exploit a reward that can be gamed.";

    protected override string Remedy => "Raise kl_coefficient or use adaptive_kl, lower learning_rate, and read the completions: do those with high rewards deserve them?";

    public override IEnumerable<KeyValuePair<string, double>> Measure(StepObservation step) => Only(step, MetricNames.PolicyKl);

    public override bool IsBeyond(double value, double bound) => value > bound;

    protected override string Sentence(string subject, double value, double bound, StepObservation step) =>
        $"policy/kl is {Text(value)} nats per token, above {Text(bound)} {Lasting}.";
}
