using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards.Steps;

/// <summary>Every sampled token is a step, the end token (of no text) included.</summary>
/// <param name="tokenizer">The policy's.</param>
public sealed class EveryTokenStepFinder(Tokenizer tokenizer) : IStepFinder
{
    public IReadOnlyList<CompletionStep> Find(ScoringRequest request)
    {
        TokenEnds ends = TokenEnds.Of(tokenizer, request.TokenIds, skipSpecialTokens: true);
        return [.. request.TokenIds.Select((_, i) => new CompletionStep(ends.Text[ends.EndBefore(i)..ends.EndBefore(i + 1)], i, IsEnded: true))];
    }
}
