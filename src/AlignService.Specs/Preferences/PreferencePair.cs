using AlignService.Specs.Examples;

namespace AlignService.Specs.Preferences;

/// <summary>Two completions of one prompt, of which the first is preferred, as token ids.</summary>
/// <param name="Chosen">With its end token.</param>
/// <param name="Rejected">With its end token.</param>
/// <param name="Margin">By how much the chosen's score should lead; for reward models only.</param>
public sealed record PreferencePair(TokenSequence Chosen, TokenSequence Rejected, double Margin = 0)
{
    /// <summary>Tokens of the longer one.</summary>
    public int Length => Math.Max(Chosen.Length, Rejected.Length);

    /// <summary>The rows of pairs: every chosen one, then every rejected one.</summary>
    internal static TokenSequence[] Rows(IReadOnlyList<PreferencePair> pairs) => [.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)];
}
