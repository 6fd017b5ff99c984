namespace AlignService.Specs.Rewards.Scoring;

/// <summary>A scored segment of a completion.</summary>
/// <param name="End">Index of its last token among the completion's tokens, from 0.</param>
/// <param name="Score">NaN is "no score".</param>
public readonly record struct SegmentScore(int End, double Score);
