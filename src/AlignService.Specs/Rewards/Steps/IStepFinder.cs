namespace AlignService.Specs.Rewards.Steps;

/// <summary>Splits completions into steps, and finds the token that ends each, among the tokens that were sampled: nothing is tokenised again.</summary>
public interface IStepFinder
{
    /// <summary>What stands behind the last end of a step is a step too, unless it is blank.</summary>
    /// <returns>In order; empty for a blank completion.</returns>
    IReadOnlyList<CompletionStep> Find(ScoringRequest request);
}
