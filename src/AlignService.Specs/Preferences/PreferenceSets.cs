using AlignService.Specs.Data.Files;
using AlignService.Specs.Examples;

namespace AlignService.Specs.Preferences;

/// <summary>Preferences as a run's data.</summary>
/// <param name="Training">What is learned.</param>
/// <param name="HeldOut">What is evaluated: another source, a share of the same, or nothing.</param>
public sealed record PreferenceSets(IReadOnlyList<Preference> Training, IReadOnlyList<Preference> HeldOut)
{
    /// <exception cref="AlignService.AlignException">A source cannot be used.</exception>
    public static PreferenceSets Load((PreferenceSourceConfig Training, PreferenceSourceConfig? HeldOut) sources, FilePolicy policy, CancellationToken cancellationToken)
    {
        var (training, heldOut) = PreferenceFile.Split(PreferenceFile.Load(sources.Training, policy, cancellationToken), sources.Training);
        return new(training, sources.HeldOut is { } apart ? PreferenceFile.Load(apart, policy, cancellationToken) : heldOut);
    }
}

/// <summary>Encodes preferences for a run.</summary>
public static class PreferenceEncoding
{
    /// <summary>The pairs, encoded for the model that learns from them; none of none.</summary>
    /// <exception cref="AlignService.AlignException">A row cannot be used, or is too long and may not be left out.</exception>
    public static IReadOnlyList<PreferencePair> Encode(this ExampleSets sets, IReadOnlyList<Preference> preferences, Func<Preference, PreferencePair> encode) =>
        preferences.Count == 0 ? [] : sets.Encode(preferences, encode, pair => pair.Length);
}
