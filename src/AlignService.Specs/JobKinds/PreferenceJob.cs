using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>Direct preference optimisation on pairs of answers.</summary>
public sealed record PreferenceJob : JobKind
{
    /// <summary>The policy's start: a Hugging Face directory, or jobs/{job}/checkpoints/{checkpoint}.</summary>
    public required string Model { get; init; }

    /// <summary>The frozen model; null is the policy's start.</summary>
    public string? ReferenceModel { get; init; }

    public required PreferenceSourceConfig Preferences { get; init; }

    /// <summary>Held-out preferences; null is no evaluation.</summary>
    public PreferenceSourceConfig? EvaluationPreferences { get; init; }

    public required FittingConfig Config { get; init; }

    public PreferenceConfig Preference { get; init; } = new();
}
