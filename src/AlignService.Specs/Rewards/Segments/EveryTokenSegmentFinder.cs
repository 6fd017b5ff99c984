using AlignService.Specs.Rewards.Scoring;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards.Segments;

/// <summary>Every sampled token is a segment, including the end token (with empty text).</summary>
/// <param name="tokenizer">The policy's.</param>
public sealed class EveryTokenSegmentFinder(Tokenizer tokenizer) : ISegmentFinder
{
    public IReadOnlyList<CompletionSegment> Find(ScoringRequest request)
    {
        TokenEnds ends = TokenEnds.Of(tokenizer, request.TokenIds, skipSpecialTokens: true);
        return [.. request.TokenIds.Select((_, i) => new CompletionSegment(ends.Text[ends.EndBefore(i)..ends.EndBefore(i + 1)], i, IsEnded: true))];
    }
}
