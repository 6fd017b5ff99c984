using AlignService.Model.Architecture;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;

namespace AlignService.Training.Preferences;

/// <summary>What direct preference optimisation works with. The models are borrowed.</summary>
public sealed record PreferenceTrainerSetup
{
    /// <summary>The policy: trainable.</summary>
    public required Transformer Model { get; init; }

    /// <summary>The frozen model, which is read once and not needed afterwards; null is the policy as it is when the trainer is made.</summary>
    public Transformer? Reference { get; init; }

    /// <summary>What the reference says comes from a checkpoint that is restored next, so the reference is not read.</summary>
    public bool IsResumed { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<PreferencePair> Pairs { get; init; }

    /// <summary>For evaluation; may be empty.</summary>
    public IReadOnlyList<PreferencePair> HeldOut { get; init; } = [];

    public required FittingConfig Config { get; init; }

    public PreferenceConfig Preference { get; init; } = new();
}
