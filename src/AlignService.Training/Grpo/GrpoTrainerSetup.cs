using AlignService.Model.Architecture;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Training.Critics;
using AlignService.Training.Policies;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Grpo;

/// <summary>What a GRPO trainer works with. The trainer owns all of it.</summary>
public sealed record GrpoTrainerSetup
{
    public required GrpoConfig Config { get; init; }

    /// <summary>Trainable, or frozen under a trainable adapter, which is the trainer's too.</summary>
    public required Transformer Policy { get; init; }

    /// <summary>Samples from the policy.</summary>
    public required IRolloutEngine Engine { get; init; }

    /// <summary>Null where the KL term is off and not reported.</summary>
    public IReferenceModel? Reference { get; init; }

    /// <summary>Null without an advantage that needs one.</summary>
    public Critic? Critic { get; init; }

    public required RewardPanel Rewards { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<EncodedPrompt> Prompts { get; init; }

    public required TimeProvider Time { get; init; }
}
