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
            ["completions/mean_length"] = lengths.Average(),
            ["completions/min_length"] = lengths.Min(),
            ["completions/max_length"] = lengths.Max(),
            ["completions/truncated_fraction"] = rollouts.Count(rollout => rollout.IsTruncated) / (double)rollouts.Count,
        };
        double keptMass = rollouts.Average(rollout => (double)rollout.Completion.MeanKeptMass);
        if (keptMass < 1)
        {
            metrics["sampler/kept_mass"] = keptMass;
        }

        return metrics;
    }
}
