using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>The scores of every source for every completion.</summary>
/// <param name="Scores">[B][K]; NaN is "no score".</param>
/// <param name="Latencies">[K], the time that each source took.</param>
/// <param name="Messages">Messages for the user: missing scores, and why.</param>
public sealed record ScoreTable(IReadOnlyList<IReadOnlyList<double>> Scores, IReadOnlyList<TimeSpan> Latencies, IReadOnlyList<string> Messages)
{
    /// <summary>[B][K] scores of segments; null where a source scored only the whole completion. Empty where no source scored segments.</summary>
    public IReadOnlyList<IReadOnlyList<IReadOnlyList<SegmentScore>?>> Segments { get; init; } = [];
}
