namespace AlignService.Specs.Rewards;

/// <summary>DAPO's penalty for completions near their limit (arXiv:2503.14476): 0, then falling linearly to -1.</summary>
public static class SoftOverlongPenalty
{
    /// <summary>The penalty falls over this part of the limit by default: 4,096 of 20,480 tokens in the paper.</summary>
    private const int DefaultShare = 5;

    /// <summary>Default of the tokens over which it falls: at least 1.</summary>
    /// <param name="maxTokens">The limit.</param>
    public static int DefaultCache(int maxTokens) => Math.Max(1, maxTokens / DefaultShare);

    /// <param name="tokenCount">Tokens of the completion.</param>
    /// <param name="maxTokens">Its limit.</param>
    /// <param name="cache">Tokens before the limit over which the penalty falls; 0 is a step.</param>
    public static double Of(int tokenCount, int maxTokens, int cache) =>
        tokenCount <= maxTokens - cache ? 0 :
        tokenCount <= maxTokens ? (maxTokens - cache - tokenCount) / (double)cache : -1;
}
