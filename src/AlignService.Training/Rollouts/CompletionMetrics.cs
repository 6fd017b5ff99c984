using AlignService.Specs.Metrics;

namespace AlignService.Training.Rollouts;

/// <summary>completions/* of a step or an evaluation.</summary>
internal static class CompletionMetrics
{
    public static IReadOnlyDictionary<string, double> Of(IReadOnlyList<Rollout> rollouts)
    {
        if (rollouts.Count == 0)
        {
            return new Dictionary<string, double>();
        }

        int[] lengths = [.. rollouts.Select(rollout => rollout.Completion.TokenIds.Count)];
        Dictionary<string, double> metrics = new()
        {
            [MetricNames.CompletionsMeanLength] = lengths.Average(),
            [MetricNames.CompletionsMinLength] = lengths.Min(),
            [MetricNames.CompletionsMaxLength] = lengths.Max(),
            [MetricNames.CompletionsTruncatedFraction] = rollouts.Count(rollout => rollout.IsTruncated) / (double)rollouts.Count,
        };
        double keptMass = rollouts.Average(rollout => (double)rollout.Completion.MeanKeptMass);
        if (keptMass < 1)
        {
            metrics[MetricNames.SamplerKeptMass] = keptMass;
        }

        return metrics;
    }
}
