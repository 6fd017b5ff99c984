using System.Text.Json.Serialization;
using AlignService.Specs.Guardian;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;

namespace AlignService.Specs.JobKinds;

/// <summary>Group-relative policy optimisation of a policy against rewards.</summary>
public sealed record GrpoJob : JobKind
{
    /// <summary>The policy's start: a Hugging Face directory, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    public required string Model { get; init; }

    /// <summary>The frozen model of the KL term; null is the policy's start.</summary>
    public string? ReferenceModel { get; init; }

    public required PromptSourceConfig Prompts { get; init; }

    /// <summary>Held-out prompts; null is no evaluation.</summary>
    public PromptSourceConfig? EvaluationPrompts { get; init; }

    public required IReadOnlyList<RewardConfig> Rewards { get; init; }

    /// <summary>The profile that <see cref="Config"/> started from; Config holds what counts.</summary>
    public GrpoProfile Profile { get; init; } = GrpoProfile.Grpo;

    public required GrpoConfig Config { get; init; }

    [JsonIgnore]
    public override GuardianConfig Guardian => Config.Guardian;

    /// <summary>The job as it goes on after so many rollbacks: at lower learning rates, or within a narrower trust region.</summary>
    public GrpoJob AfterRollbacks(int count)
    {
        double factor = Math.Pow(Guardian.RollbackLearningRateFactor, count);
        return count == 0 ? this : this with
        {
            Config = Config with
            {
                Optimizer = Config.Optimizer with { LearningRate = Config.Optimizer.LearningRate * factor },
                TrustRegion = Config.TrustRegion is { } region ? region with { MaxKl = region.MaxKl * factor } : null,
                Critic = Config.Critic is null ? null : Config.Critic with { LearningRate = Config.Critic.LearningRate * factor },
            },
        };
    }
}
