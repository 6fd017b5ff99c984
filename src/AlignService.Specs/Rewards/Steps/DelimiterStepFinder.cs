using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards.Steps;

/// <summary>A text ends a step; its last token is the one that completes the delimiter.</summary>
/// <param name="tokenizer">The policy's.</param>
/// <param name="delimiter">At least one character.</param>
public sealed class DelimiterStepFinder(Tokenizer tokenizer, string delimiter) : IStepFinder
{
    public IReadOnlyList<CompletionStep> Find(ScoringRequest request)
    {
        TokenEnds ends = TokenEnds.Of(tokenizer, request.TokenIds, skipSpecialTokens: true);
        List<CompletionStep> steps = [];
        int start = 0;
        int found;
        while ((found = request.Completion.IndexOf(delimiter, start, StringComparison.Ordinal)) >= 0)
        {
            steps.Add(new(request.Completion[start..found], ends.TokenAt(found + delimiter.Length), IsEnded: true));
            start = found + delimiter.Length;
        }

        if (!string.IsNullOrWhiteSpace(request.Completion[start..]))
        {
            steps.Add(new(request.Completion[start..], request.TokenIds.Count - 1, IsEnded: false));
        }

        return steps;
    }
}
