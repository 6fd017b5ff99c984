namespace AlignService.Specs.Rewards.Lengths;

/// <summary>DAPO's soft overlong penalty as a source of its own (arXiv:2503.14476).</summary>
/// <param name="config">Where it begins and ends.</param>
/// <param name="maxCompletionLength">Tokens at which it ends where the configuration does not say.</param>
public sealed class OverlongReward(OverlongConfig config, int maxCompletionLength) : IReward
{
    private readonly int _maxTokens = config.MaxTokens ?? maxCompletionLength;

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        [.. requests.Select(request => RewardScore.Of(SoftOverlongPenalty.Of(request.TokenCount, _maxTokens, config.Cache ?? SoftOverlongPenalty.DefaultCache(_maxTokens))))];
}
