using AlignService.Specs.Examples;

namespace AlignService.Specs.Preferences;

/// <summary>Preferences as a run's data.</summary>
public static class PreferenceSets
{
    /// <summary>The pairs of a source, encoded for the model that learns from them; none if there is no source.</summary>
    /// <exception cref="AlignService.AlignException">A row cannot be used, or is too long and may not be left out.</exception>
    public static IReadOnlyList<PreferencePair> Encode(this ExampleSets sets, PreferenceSourceConfig? source, Func<Preference, PreferencePair> encode) =>
        source is null ? [] : sets.Encode(PreferenceFile.Load(source), encode, pair => pair.Length);
}
