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

/// <summary>One instruction of a compiled pattern. The meaning of A and B depends on the operation.</summary>
internal readonly record struct PatternInstruction(PatternOperation Operation, int A = 0, int B = 0, CharacterSet? Set = null);

internal enum PatternOperation
{
    /// <summary>The (sub)pattern is matched.</summary>
    Match,

    /// <summary>One character of Set.</summary>
    One,

    /// <summary>A to B characters of Set (B = -1: no limit), greedy; backtracks one by one.</summary>
    Run,

    /// <summary>Continue at A.</summary>
    Jump,

    /// <summary>Continue at A; if that fails, at B. Directly at B for an ASCII character that is not in Set (if given).</summary>
    Split,

    /// <summary>A is an <see cref="Patterns.Anchor"/>.</summary>
    Anchor,

    /// <summary>The following sub-pattern must match here; then continue at A.</summary>
    LookAhead,

    /// <summary>The following sub-pattern must not match here; then continue at A.</summary>
    LookAheadNot,

    /// <summary>The following sub-pattern must match the B characters before; then continue at A.</summary>
    LookBehind,

    /// <summary>The following sub-pattern must not match the B characters before; then continue at A.</summary>
    LookBehindNot,

    /// <summary>Match the following sub-pattern without backtracking into it; then continue at A.</summary>
    Atomic,

    /// <summary>Store the position in register A.</summary>
    Mark,

    /// <summary>Continue at B if nothing was matched since the position in register A.</summary>
    SkipIfEmpty,
}
