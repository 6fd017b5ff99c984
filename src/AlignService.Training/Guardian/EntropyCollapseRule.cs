using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;

namespace AlignService.Training.Guardian;

/// <summary>A policy that has stopped exploring.</summary>
internal sealed class EntropyCollapseRule(GuardianRuleConfig config) : GuardianRule("entropy_collapse", config)
{
    protected override string Meaning => "The policy gives nearly the same answer every time: the completions of a group hardly differ, so comparing them teaches little more.";

    protected override string Remedy => "Raise clip_high (0.28 as in DAPO) or entropy_coefficient, lower learning_rate, or stop here if the held-out reward is good.";

    public override IEnumerable<KeyValuePair<string, double>> Measure(StepObservation step) => Only(step, MetricNames.PolicyEntropy);

    public override double BoundFor(double first) => Threshold * first;

    public override bool IsBeyond(double value, double bound) => value < bound;

    protected override string Sentence(string subject, double value, double bound, StepObservation step) =>
        $"policy/entropy is {Text(value)} nats, below {Text(bound)} ({Text(Threshold)} of the first step's) {Lasting}.";
}
