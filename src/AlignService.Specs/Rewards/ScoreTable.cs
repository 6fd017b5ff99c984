using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>What every source said about every completion.</summary>
/// <param name="Scores">[B][K]; NaN is "no score".</param>
/// <param name="Latencies">[K], how long each source took.</param>
/// <param name="Messages">What a user should know: scores that are missing, and why.</param>
public sealed record ScoreTable(IReadOnlyList<IReadOnlyList<double>> Scores, IReadOnlyList<TimeSpan> Latencies, IReadOnlyList<string> Messages)
{
    /// <summary>[B][K] scores of segments; null where a source scored the whole completion only. Empty where no source scored segments.</summary>
    public IReadOnlyList<IReadOnlyList<IReadOnlyList<SegmentScore>?>> Segments { get; init; } = [];
}
