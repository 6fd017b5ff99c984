using System.Globalization;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;
using Jint;
using Jint.Native;

namespace AlignService.Specs.Rewards.Scripts;

/// <summary>Reads a score from what a script returns: a number, true or false as 1 or 0, null for "no score", or a list with one number or null per segment.</summary>
internal static class ScriptResult
{
    public static RewardScore ToScore(JsValue value, IReadOnlyList<CompletionSegment>? segments) => value switch
    {
        JsArray scores => OfSegments(scores, segments),
        _ when value.IsNumber() => RewardScore.Of(value.AsNumber()),
        _ when value.IsBoolean() => RewardScore.Of(value.AsBoolean() ? 1 : 0),
        _ when value.IsNull() => RewardScore.None("the script returned null"),
        _ when value.IsUndefined() => RewardScore.None("the script returned nothing; return a number, or null for no score"),
        _ => RewardScore.None($"the script returned a value of the type {Name(value)}; return a number, null, or a list with a number per segment"),
    };

    private static RewardScore OfSegments(JsArray scores, IReadOnlyList<CompletionSegment>? segments)
    {
        if (segments is null)
        {
            return RewardScore.None("the script returned a list, but neither segment_delimiter nor segment_per_token is set, so there are no segments to score");
        }

        if (scores.Length != segments.Count)
        {
            return RewardScore.None($"the script returned {scores.Length.ToString(CultureInfo.InvariantCulture)} scores for {segments.Count} segments");
        }

        JsValue[] values = [.. scores];
        return values.FirstOrDefault(value => !value.IsNull() && !(value.IsNumber() && double.IsFinite(value.AsNumber()))) is { } other
            ? RewardScore.None($"the script returned {other} as a segment's score; return a finite number or null")
            : SegmentScores.ToScore(segments, [.. values.Select(value => value.IsNull() ? (double?)null : value.AsNumber())]);
    }

    private static string Name(JsValue value) => value.Type.ToString();
}
