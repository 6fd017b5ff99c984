using AlignService.Specs.Binding;

namespace AlignService.Specs.Rewards.Judging;

/// <summary>What a judge is asked, and how its answer is read.</summary>
internal sealed record JudgeOptions
{
    /// <summary>Null is the question that fits the kind of answer.</summary>
    public string? Prompt { get; init; }

    /// <summary>The system message; null is none.</summary>
    public string? System { get; init; }

    public double? MinScore { get; init; }

    public double? MaxScore { get; init; }

    public IReadOnlyList<JudgeLabel> Labels { get; init; } = [];

    /// <summary>A path in the last JSON object of the answer; null: it is not JSON.</summary>
    public string? JsonField { get; init; }

    public IReadOnlyList<RubricCriterion> Rubric { get; init; } = [];

    public bool RankGroup { get; init; }

    public double Temperature { get; init; }

    /// <summary>Of the answer.</summary>
    public int MaxTokens { get; init; }

    /// <summary>A JSON object with further fields of the request; null is none.</summary>
    public string? RequestJson { get; init; }

    /// <summary>Everything that the meaning of an answer depends on.</summary>
    public string Identity => FormattableString.Invariant(
        $"{MinScore:R}|{MaxScore:R}|{JsonField}|{RankGroup}|{string.Join('|', Labels.Select(label => FormattableString.Invariant($"{label.Label}={label.Score:R}")))}|{string.Join('|', Rubric.Select(criterion => FormattableString.Invariant($"{criterion.Weight:R}")))}");
}

/// <summary>A word that a judge may answer with.</summary>
public sealed record JudgeLabel
{
    /// <summary>In any case, unless it is a single letter.</summary>
    [Setting]
    public required string Label { get; init; }

    [Setting]
    public double Score { get; init; }
}

/// <summary>A question that a judge answers with yes or no.</summary>
public sealed record RubricCriterion
{
    [Setting]
    public required string Text { get; init; }

    /// <summary>Its share of the score, relative to the other criteria's; above 0.</summary>
    [Setting(Above = 0)]
    public double Weight { get; init; } = 1;
}
