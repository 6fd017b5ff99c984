namespace AlignService.Text.Tokenization.Patterns;

/// <summary>A part of a parsed pattern.</summary>
internal abstract record PatternNode;

internal sealed record OneOf(CharacterSet Set) : PatternNode;

internal sealed record InOrder(IReadOnlyList<PatternNode> Parts) : PatternNode;

internal sealed record AnyOf(IReadOnlyList<PatternNode> Choices) : PatternNode;

/// <param name="Most">-1: no limit.</param>
internal sealed record Repeated(PatternNode Body, int Least, int Most, Greed Greed) : PatternNode;

internal sealed record Look(PatternNode Body, bool Ahead, bool Negative) : PatternNode;

internal sealed record Atomic(PatternNode Body) : PatternNode;

internal sealed record Anchored(Anchor Anchor) : PatternNode;

internal enum Greed
{
    Greedy,
    Lazy,
    Possessive,
}

internal enum Anchor
{
    TextStart,
    TextEnd,
    TextEndOrLastNewLine,
    LineStart,
    LineEnd,
    WordBoundary,
    NoWordBoundary,
}
