namespace AlignService.Text.Tokenization.Patterns;

/// <summary>Something that can be sought in a text.</summary>
internal interface IPattern
{
    /// <summary>Adds the matches, in order and not overlapping; some may be empty.</summary>
    void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches);
}
