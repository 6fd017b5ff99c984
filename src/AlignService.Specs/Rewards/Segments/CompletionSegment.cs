namespace AlignService.Specs.Rewards.Segments;

/// <summary>A segment of a completion.</summary>
/// <param name="Text">Without its ending.</param>
/// <param name="End">Index of its last token among the completion's tokens, from 0.</param>
/// <param name="IsEnded">False for the rest after the last end of a segment.</param>
public readonly record struct CompletionSegment(string Text, int End, bool IsEnded);
