namespace AlignService.Specs.Rewards.Lengths;

/// <summary>A linear function of the completion's length in tokens.</summary>
/// <param name="config">Scores at both ends.</param>
/// <param name="maxCompletionLength">Tokens at which the far end is reached where the configuration does not say.</param>
public sealed class LengthReward(LengthConfig config, int maxCompletionLength) : IReward
{
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) => [.. requests.Select(Score)];

    private RewardScore Score(ScoringRequest request)
    {
        double share = Math.Min(1, request.TokenCount / (double)(config.MaxTokens ?? maxCompletionLength));
        return RewardScore.Of(config.AtZero + share * (config.AtMax - config.AtZero));
    }
}
