using AlignService.Cli.Output;
using AlignService.Cli.Watching;

namespace AlignService.Cli.Comparison;

/// <summary>The numbers of one job in a comparison; null is not known.</summary>
internal sealed record ComparisonRow
{
    public required string Name { get; init; }

    public required string Label { get; init; }

    public required string State { get; init; }

    public required string Profile { get; init; }

    public required int Steps { get; init; }

    /// <summary>Held-out reward before the first step and at the end, with the standard error of the last.</summary>
    public double? HeldOutBefore { get; init; }

    public double? HeldOutAfter { get; init; }

    public double? HeldOutError { get; init; }

    /// <summary>Training reward over the last steps.</summary>
    public double? Reward { get; init; }

    /// <summary>Training reward over the last steps before the token budget that every job has spent.</summary>
    public double? RewardAtEqualTokens { get; init; }

    /// <summary>To the reference, nats a token, over the last steps.</summary>
    public double? Kl { get; init; }

    public double? PeakBytes { get; init; }

    public double? SecondsPerStep { get; init; }

    public double GeneratedTokens { get; init; }

    public double TrainedTokens { get; init; }

    /// <param name="job">Read in full.</param>
    /// <param name="equalTokens">The token budget that every job has spent.</param>
    public static ComparisonRow Of(ComparedJob job, double equalTokens)
    {
        const string heldOut = $"{MetricNames.EvaluationReward}{MetricNames.Mean}";
        Dictionary<string, double>[] evaluations = [.. job.Evaluations.Values.Where(metrics => metrics.ContainsKey(heldOut))];
        return new ComparisonRow
        {
            Name = job.Job.Name,
            Label = job.Label,
            State = Names.State(job.Job.State),
            Profile = job.Job.Spec.Grpo?.Algorithm?.Profile ?? job.Job.Spec.KindCase.ToString().ToLowerInvariant(),
            Steps = job.Steps.Count,
            HeldOutBefore = evaluations.Length > 0 && job.Evaluations.ContainsKey(0) ? evaluations[0][heldOut] : null,
            HeldOutAfter = evaluations.Length > 0 ? evaluations[^1][heldOut] : null,
            HeldOutError = evaluations.Length > 0 && evaluations[^1].TryGetValue($"{MetricNames.EvaluationReward}{MetricNames.StandardError}", out double error) ? error : null,
            Reward = job.Final(MetricNames.Reward),
            RewardAtEqualTokens = job.Final(MetricNames.Reward, equalTokens),
            Kl = job.Final(MetricNames.Kl),
            PeakBytes = job.PeakBytes,
            SecondsPerStep = job.SecondsPerStep,
            GeneratedTokens = job.GeneratedTokens,
            TrainedTokens = job.TrainedTokens,
        };
    }
}
