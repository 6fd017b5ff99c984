using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;

namespace AlignService.Specs.Trials;

/// <summary>What a trial of rewards takes from a job.</summary>
/// <param name="Model">Whose tokens are counted.</param>
/// <param name="Configs">One per source.</param>
/// <param name="Partial">What happens to a completion that not every source scored.</param>
internal sealed record TrialRewards(string Model, IReadOnlyList<RewardConfig> Configs, PartialScores Partial)
{
    /// <summary>Tokens at which length rewards end.</summary>
    public required int MaxCompletionLength { get; init; }

    /// <summary>How reward models are held.</summary>
    public required FrozenDtype FrozenDtype { get; init; }

    /// <summary>Whether jobs of a kind have rewards that can be tried.</summary>
    public static bool HasAny(JobKind kind) => kind is GrpoJob or EvaluationJob;

    /// <exception cref="ArgumentException">The job's kind has no rewards.</exception>
    public static TrialRewards Of(JobSpec spec) => spec.Kind switch
    {
        GrpoJob job => new(job.Model, ForTrial(job.Rewards), job.Config.PartialScores) { MaxCompletionLength = job.Config.Sampling.MaxCompletionLength, FrozenDtype = job.Config.Memory.FrozenDtype },
        EvaluationJob job => new(job.Model, ForTrial(job.Rewards), job.Config.PartialScores) { MaxCompletionLength = job.Config.Sampling.MaxCompletionLength, FrozenDtype = job.Config.FrozenDtype },
        var other => throw new ArgumentException($"{other.GetType().Name} has no rewards.", nameof(spec)),
    };

    /// <summary>The job with other names for its model and those of its rewards.</summary>
    public static JobSpec WithModels(JobSpec spec, Func<string, string> rename) => spec with
    {
        Kind = spec.Kind switch
        {
            GrpoJob job => job with { Model = rename(job.Model), Rewards = [.. job.Rewards.Select(reward => reward.WithModel(rename))] },
            EvaluationJob job => job with { Model = rename(job.Model), Rewards = [.. job.Rewards.Select(reward => reward.WithModel(rename))] },
            var other => other,
        },
    };

    private static RewardConfig[] ForTrial(IReadOnlyList<RewardConfig> configs) => [.. configs.Select(config => config.ForTrial())];
}
