using AlignService.Specs.Rewards.Scoring;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards.Segments;

/// <summary>A token ends a segment and is its last; its text is not part of any segment.</summary>
/// <param name="tokenizer">The policy's.</param>
/// <param name="token">Id of the token.</param>
public sealed class TokenSegmentFinder(Tokenizer tokenizer, int token) : ISegmentFinder
{
    public IReadOnlyList<CompletionSegment> Find(ScoringRequest request)
    {
        TokenEnds ends = TokenEnds.Of(tokenizer, request.TokenIds, skipSpecialTokens: true);
        string text = request.Completion; // what the tokens say, up to a stop string
        List<CompletionSegment> segments = [];
        int start = 0;
        for (int i = 0; i < request.TokenIds.Count; i++)
        {
            if (request.TokenIds[i] == token)
            {
                int end = Math.Clamp(ends.EndBefore(i), start, text.Length);
                segments.Add(new(text[start..end], i, IsEnded: true));
                start = Math.Clamp(ends.EndBefore(i + 1), end, text.Length);
            }
        }

        if (!string.IsNullOrWhiteSpace(text[start..]))
        {
            segments.Add(new(text[start..], request.TokenIds.Count - 1, IsEnded: false));
        }

        return segments;
    }
}
