using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards.Segments;

/// <summary>A completion's score from those of its segments.</summary>
internal static class SegmentScores
{
    /// <summary>The segments' scores, and their mean as the completion's own.</summary>
    /// <param name="segments">At least one.</param>
    /// <param name="scores">One per segment; null is no score.</param>
    public static RewardScore ToScore(IReadOnlyList<CompletionSegment> segments, IReadOnlyList<double?> scores)
    {
        double[] given = [.. scores.OfType<double>()];
        if (given.Length == 0)
        {
            return RewardScore.None("no segment has a score");
        }

        return RewardScore.Of(given.Average()) with { Segments = [.. segments.Zip(scores, (segment, score) => new SegmentScore(segment.End, score ?? double.NaN))] };
    }
}
