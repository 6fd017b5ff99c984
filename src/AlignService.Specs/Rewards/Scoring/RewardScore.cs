using AlignService.Text;

namespace AlignService.Specs.Rewards.Scoring;

/// <summary>A score, or why there is none.</summary>
/// <param name="Value">Null is "no score".</param>
/// <param name="Reason">Why there is no score; null where there is one.</param>
public readonly record struct RewardScore(double? Value, string? Reason)
{
    /// <summary>The scores of the completion's segments, for process supervision; null where the source scores only the whole.</summary>
    public IReadOnlyList<SegmentScore>? Segments { get; init; }

    public static RewardScore Of(double value) => double.IsFinite(value) ? new(value, null) : None($"the score is {value}, which is not finite");

    /// <summary>The reason may quote the completion or a script's own words, of any length.</summary>
    public static RewardScore None(string reason) => new(null, ShortText.Cut(reason));
}
