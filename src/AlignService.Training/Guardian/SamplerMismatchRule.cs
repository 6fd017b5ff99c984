using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;

namespace AlignService.Training.Guardian;

/// <summary>A sampler and a trainer that disagree about the same weights.</summary>
internal sealed class SamplerMismatchRule(GuardianRuleConfig config) : GuardianRule("sampler_mismatch", config)
{
    protected override string Meaning => "The engine that samples does not compute what the trainer computes: stale weights, another number format, or another temperature.";

    protected override string Remedy => "Set sampler_correction to truncate or sequence_mask, and please report it: with the engines of this service the difference is below 1e-4.";

    public override IEnumerable<KeyValuePair<string, double>> Measure(StepObservation step) => Only(step, MetricNames.SamplerLogProbDifferenceMean);

    public override bool IsBeyond(double value, double bound) => value > bound;

    protected override string Sentence(string subject, double value, double bound, StepObservation step) =>
        $"sampler/logprob_difference_mean is {Text(value)} nats, above {Text(bound)} {Lasting}.";
}
