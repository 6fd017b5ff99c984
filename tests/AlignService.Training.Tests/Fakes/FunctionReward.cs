using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Training.Tests.Fakes;

/// <summary>Scores by a function of the request.</summary>
internal sealed class FunctionReward(Func<ScoringRequest, double> score) : IReward
{
    /// <summary>Scores of segments, besides; null gives none.</summary>
    public Func<ScoringRequest, IReadOnlyList<SegmentScore>>? Segments { get; init; }

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) => [.. requests.Select(request =>
    {
        double value = score(request);
        return double.IsNaN(value) ? RewardScore.None("the test gives none") : RewardScore.Of(value) with { Segments = Segments?.Invoke(request) };
    })];
}
