using AlignService.Model.Native;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;

namespace AlignService.Training.Grpo;

/// <summary>A GRPO run by the names of what it works with.</summary>
public sealed record GrpoRunSetup
{
    /// <summary>The policy's start: a Hugging Face directory.</summary>
    public required string ModelDirectory { get; init; }

    /// <summary>The frozen model of the KL term; null is the policy's start.</summary>
    public string? ReferenceDirectory { get; init; }

    /// <summary>What PPO's critic starts from; null is the policy's start.</summary>
    public string? CriticDirectory { get; init; }

    public required PromptSourceConfig Prompts { get; init; }

    /// <summary>Held-out prompts; null is no evaluation.</summary>
    public PromptSourceConfig? EvaluationPrompts { get; init; }

    public required IReadOnlyList<RewardConfig> Rewards { get; init; }

    public required GrpoConfig Config { get; init; }

    public EvaluationConfig Evaluation { get; init; } = new();

    /// <summary>From a reward model's name to its directory.</summary>
    public Func<string, string> ResolveModel { get; init; } = name => name;

    /// <summary>Where all models of the run live and compute.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
