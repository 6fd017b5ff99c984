using AlignService.Model.Native;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;

namespace AlignService.Training.Preferences;

/// <summary>Direct preference optimisation by the names of what it works with.</summary>
public sealed record PreferenceRunSetup
{
    /// <summary>The policy's start: a Hugging Face directory of a causal language model.</summary>
    public required string ModelDirectory { get; init; }

    /// <summary>The frozen model; null is the policy's start.</summary>
    public string? ReferenceDirectory { get; init; }

    public required PreferenceSourceConfig Preferences { get; init; }

    /// <summary>Held-out preferences; null is no evaluation.</summary>
    public PreferenceSourceConfig? EvaluationPreferences { get; init; }

    public required FittingConfig Config { get; init; }

    public PreferenceConfig Preference { get; init; } = new();

    /// <summary>From an adapter's name to its directory.</summary>
    public Func<string, string> ResolveModel { get; init; } = name => name;

    /// <summary>Where all models of the run live and compute.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;
}
