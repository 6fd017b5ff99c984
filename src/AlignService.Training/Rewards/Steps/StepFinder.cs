using AlignService.Model.Tokenization;

namespace AlignService.Training.Rewards.Steps;

/// <summary>
/// Splits completions into steps, and finds the token that ends each, among the tokens that were sampled: nothing is tokenised again. What stands behind the last
/// delimiter is a step too, unless it is blank.
/// </summary>
/// <param name="tokenizer">The policy's.</param>
/// <param name="delimiter">Ends a step.</param>
public sealed class StepFinder(Tokenizer tokenizer, string delimiter)
{
    /// <returns>In order; empty for a blank completion.</returns>
    public IReadOnlyList<CompletionStep> Find(ScoringRequest request)
    {
        TokenEnds ends = TokenEnds.Of(tokenizer, request.TokenIds, skipSpecialTokens: true);
        List<CompletionStep> steps = [];
        int start = 0;
        int found;
        while ((found = request.Completion.IndexOf(delimiter, start, StringComparison.Ordinal)) >= 0)
        {
            steps.Add(new(request.Completion[start..found], ends.TokenAt(found + delimiter.Length)));
            start = found + delimiter.Length;
        }

        if (!string.IsNullOrWhiteSpace(request.Completion[start..]))
        {
            steps.Add(new(request.Completion[start..], request.TokenIds.Count - 1));
        }

        return steps;
    }
}
