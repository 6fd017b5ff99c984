using AlignService.Specs.Preferences;

namespace AlignService.Training.Tests.Examples;

/// <summary>Pairs for the tiny policy.</summary>
internal static class PreferencePairs
{
    /// <summary>Whatever the prompt, a completion that ends with 20 is better than one that ends with 21.</summary>
    public static PreferencePair[] Of(int first) =>
        [.. Enumerable.Range(first, 10).Select(i => new PreferencePair(new([i + 1], [i % 7 + 2, 20]), new([i + 1], [i % 5 + 2, i % 3 + 2, 21])))];
}
