using AlignService.Specs.Rewards.Scoring;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards.Segments;

/// <summary>A text ends a segment; its last token is the one that completes the delimiter.</summary>
/// <param name="tokenizer">The policy's.</param>
/// <param name="delimiter">At least one character.</param>
public sealed class DelimiterSegmentFinder(Tokenizer tokenizer, string delimiter) : ISegmentFinder
{
    public IReadOnlyList<CompletionSegment> Find(ScoringRequest request)
    {
        TokenEnds ends = TokenEnds.Of(tokenizer, request.TokenIds, skipSpecialTokens: true);
        List<CompletionSegment> segments = [];
        int start = 0;
        int found;
        while ((found = request.Completion.IndexOf(delimiter, start, StringComparison.Ordinal)) >= 0)
        {
            segments.Add(new(request.Completion[start..found], ends.TokenAt(found + delimiter.Length), IsEnded: true));
            start = found + delimiter.Length;
        }

        if (!string.IsNullOrWhiteSpace(request.Completion[start..]))
        {
            segments.Add(new(request.Completion[start..], request.TokenIds.Count - 1, IsEnded: false));
        }

        return segments;
    }
}
