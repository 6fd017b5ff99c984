namespace AlignService.Text.Tokenization.Patterns;

/// <summary>One step of a compiled pattern. What A and B mean depends on the operation.</summary>
internal readonly record struct PatternInstruction(PatternOperation Operation, int A = 0, int B = 0, CharacterSet? Set = null);

internal enum PatternOperation
{
    /// <summary>The (sub)pattern is matched.</summary>
    Match,

    /// <summary>One character of Set.</summary>
    One,

    /// <summary>A to B characters of Set (B = -1: no limit), as many as there are; gives back one by one.</summary>
    Run,

    /// <summary>Go on at A.</summary>
    Jump,

    /// <summary>Go on at A; if that fails, at B. At once at B where an ASCII character stands that is not in Set (if there is one).</summary>
    Split,

    /// <summary>A is an <see cref="Patterns.Anchor"/>.</summary>
    Anchor,

    /// <summary>The sub-pattern that begins behind must match here; then go on at A.</summary>
    LookAhead,

    /// <summary>The sub-pattern that begins behind must not match here; then go on at A.</summary>
    LookAheadNot,

    /// <summary>The sub-pattern that begins behind must match the B characters before; then go on at A.</summary>
    LookBehind,

    /// <summary>The sub-pattern that begins behind must not match the B characters before; then go on at A.</summary>
    LookBehindNot,

    /// <summary>Match the sub-pattern that begins behind and never give back; then go on at A.</summary>
    Atomic,

    /// <summary>Remember the place in register A.</summary>
    Mark,

    /// <summary>Go on at B if nothing was matched since the place in register A.</summary>
    SkipIfEmpty,
}
