using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>Bradley-Terry training of a reward model on pairs of answers.</summary>
public sealed record RewardModelJob : JobKind
{
    /// <summary>The start: a Hugging Face directory, or jobs/{job}/checkpoints/{checkpoint}; a language model gets a new head.</summary>
    public required string Model { get; init; }

    public required PreferenceSourceConfig Preferences { get; init; }

    /// <summary>Held-out preferences; null is no evaluation.</summary>
    public PreferenceSourceConfig? EvaluationPreferences { get; init; }

    public required FittingConfig Config { get; init; }
}
