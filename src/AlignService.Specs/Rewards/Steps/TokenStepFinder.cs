using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards.Steps;

/// <summary>A token ends a step and is its last; its own text belongs to no step.</summary>
/// <param name="tokenizer">The policy's.</param>
/// <param name="token">Id of the token.</param>
public sealed class TokenStepFinder(Tokenizer tokenizer, int token) : IStepFinder
{
    public IReadOnlyList<CompletionStep> Find(ScoringRequest request)
    {
        TokenEnds ends = TokenEnds.Of(tokenizer, request.TokenIds, skipSpecialTokens: true);
        string text = request.Completion; // what the tokens say, up to a stop string
        List<CompletionStep> steps = [];
        int start = 0;
        for (int i = 0; i < request.TokenIds.Count; i++)
        {
            if (request.TokenIds[i] == token)
            {
                int end = Math.Clamp(ends.EndBefore(i), start, text.Length);
                steps.Add(new(text[start..end], i, IsEnded: true));
                start = Math.Clamp(ends.EndBefore(i + 1), end, text.Length);
            }
        }

        if (!string.IsNullOrWhiteSpace(text[start..]))
        {
            steps.Add(new(text[start..], request.TokenIds.Count - 1, IsEnded: false));
        }

        return steps;
    }
}
