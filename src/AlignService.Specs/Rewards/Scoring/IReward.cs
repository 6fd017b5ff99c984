namespace AlignService.Specs.Rewards.Scoring;

/// <summary>A source of scores. Called from one thread at a time.</summary>
public interface IReward
{
    /// <summary>One score per request, in order. What cannot be scored gets a reason instead of a score, never a guess.</summary>
    IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken);
}
