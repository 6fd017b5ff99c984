using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>
/// A source that another one also uses: equal requests are scored once. Owns the inner source.
/// </summary>
internal sealed class RememberedReward(IReward reward) : IReward, IDisposable
{
    private IReadOnlyList<ScoringRequest>? _requests;
    private IReadOnlyList<RewardScore> _scores = [];

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        if (!ReferenceEquals(requests, _requests))
        {
            _scores = reward.Score(requests, cancellationToken);
            _requests = requests;
        }

        return _scores;
    }

    public void Dispose() => (reward as IDisposable)?.Dispose();
}

/// <summary>The same for a source outside this process, which is asked once and may still be at it. Owns the inner source.</summary>
internal sealed class RememberedRemoteReward(IRemoteReward reward) : IRemoteReward, IDisposable
{
    private IReadOnlyList<ScoringRequest>? _requests;
    private Task<RemoteScores>? _scores;

    public Task<RemoteScores> ScoreAsync(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        if (_scores is null || !ReferenceEquals(requests, _requests))
        {
            (_scores, _requests) = (reward.ScoreAsync(requests, cancellationToken), requests);
        }

        return _scores;
    }

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        ScoreAsync(requests, cancellationToken).GetAwaiter().GetResult().Scores;

    public void Dispose() => (reward as IDisposable)?.Dispose();
}
