using AlignService.Model.Native;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;

namespace AlignService.Training.RewardModeling;

/// <summary>Reward-model training by the names of what it works with.</summary>
public sealed record RewardModelRunSetup
{
    /// <summary>The start: a Hugging Face directory of a causal language model, which gets a new scalar head, or of a reward model, which goes on.</summary>
    public required string ModelDirectory { get; init; }

    public required PreferenceSourceConfig Preferences { get; init; }

    /// <summary>Held-out preferences; null is no evaluation.</summary>
    public PreferenceSourceConfig? EvaluationPreferences { get; init; }

    public required FittingConfig Config { get; init; }

    /// <summary>Where all models of the run live and compute.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;
}
