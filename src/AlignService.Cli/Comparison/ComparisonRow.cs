using AlignService.Cli.Output;
using AlignService.Specs.Metrics;

namespace AlignService.Cli.Comparison;

/// <summary>The numbers of one job in a comparison; null is unknown.</summary>
internal sealed record ComparisonRow
{
    public required string Name { get; init; }

    public required string Label { get; init; }

    public required string State { get; init; }

    public required string Profile { get; init; }

    public required int Steps { get; init; }

    /// <summary>Held-out results by measure; empty where the job was not evaluated.</summary>
    public required IReadOnlyDictionary<string, HeldOutChange> HeldOut { get; init; }

    /// <summary>Training reward over the last steps.</summary>
    public double? Reward { get; init; }

    /// <summary>Training reward over the last steps before the token budget that every job has spent.</summary>
    public double? RewardAtEqualTokens { get; init; }

    /// <summary>To the reference, in nats per token, over the last steps.</summary>
    public double? Kl { get; init; }

    public double? PeakBytes { get; init; }

    public double? SecondsPerStep { get; init; }

    public double GeneratedTokens { get; init; }

    public double TrainedTokens { get; init; }

    /// <param name="job">Read in full.</param>
    /// <param name="equalTokens">The token budget that every job has spent.</param>
    public static ComparisonRow Of(ComparedJob job, double equalTokens)
    {
        return new ComparisonRow
        {
            Name = job.Job.Name,
            Label = job.Label,
            State = Names.State(job.Job.State),
            Profile = job.Job.Spec.Grpo?.Algorithm?.Profile ?? TrainedWork.Kind(job.Job.Spec),
            Steps = job.Steps.Count,
            HeldOut = HeldOutChange.Of(job),
            Reward = job.Final(MetricNames.RewardMean),
            RewardAtEqualTokens = job.Final(MetricNames.RewardMean, equalTokens),
            Kl = job.Final(MetricNames.PolicyKl),
            PeakBytes = job.PeakBytes,
            SecondsPerStep = job.SecondsPerStep,
            GeneratedTokens = job.GeneratedTokens,
            TrainedTokens = job.TrainedTokens,
        };
    }
}
