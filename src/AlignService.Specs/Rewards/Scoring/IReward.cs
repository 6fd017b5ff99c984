namespace AlignService.Specs.Rewards.Scoring;

/// <summary>A source of scores. Called from one thread at a time.</summary>
public interface IReward
{
    /// <summary>One score a request, in order. What cannot be scored gets no score and a reason, never a guess.</summary>
    IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken);
}
