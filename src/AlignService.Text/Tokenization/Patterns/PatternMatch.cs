namespace AlignService.Text.Tokenization.Patterns;

/// <summary>Where a pattern was found, in UTF-16 units.</summary>
internal readonly record struct PatternMatch(int Start, int End);
