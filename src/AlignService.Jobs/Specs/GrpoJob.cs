using AlignService.Training.Grpo;
using AlignService.Training.Prompts;
using AlignService.Training.Rewards;

namespace AlignService.Jobs.Specs;

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
}
