using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards.Segments;

/// <summary>Splits completions into segments, and finds the token that ends each, among the tokens that were sampled: nothing is tokenized again.</summary>
public interface ISegmentFinder
{
    /// <summary>What follows the last end of a segment is also a segment, unless it is blank.</summary>
    /// <returns>In order; empty for a blank completion.</returns>
    IReadOnlyList<CompletionSegment> Find(ScoringRequest request);
}
