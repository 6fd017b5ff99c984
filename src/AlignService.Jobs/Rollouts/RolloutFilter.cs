namespace AlignService.Jobs.Rollouts;

/// <summary>Which rollouts a list is to have; null and empty do not matter.</summary>
public sealed record RolloutFilter
{
    /// <summary>First step.</summary>
    public int FromStep { get; init; } = 1;

    /// <summary>Last step.</summary>
    public int ToStep { get; init; } = int.MaxValue;

    public NumberRange Reward { get; init; }

    public NumberRange Advantage { get; init; }

    /// <summary>Of the completion, end token included.</summary>
    public NumberRange TokenCount { get; init; }

    /// <summary>Of <see cref="RolloutColumns.FinishReasons"/>.</summary>
    public IReadOnlyList<string> FinishReasons { get; init; } = [];

    /// <summary>All must hold; a source that the job does not have scored nothing.</summary>
    public IReadOnlyList<ScoreRange> Scores { get; init; } = [];

    /// <summary>The completion contains this, regardless of case.</summary>
    public string CompletionText { get; init; } = "";

    /// <summary>The prompt contains this, regardless of case.</summary>
    public string PromptText { get; init; } = "";

    /// <summary>Whether texts decide, which are in files.</summary>
    public bool NeedsText => CompletionText.Length + PromptText.Length > 0;

    /// <summary>Places of the rows whose numbers pass, from a place on.</summary>
    /// <param name="columns">Of a step.</param>
    /// <param name="from">The first place that counts.</param>
    public List<int> Find(RolloutColumns columns, int from)
    {
        List<int> found = [];
        HashSet<byte> reasons = [.. FinishReasons.Select(RolloutColumns.CodeOf)];
        (double[]? Values, NumberRange Range)[] scores = [.. Scores.Select(range => (columns.ScoresOf(range.Source), range.Range))];
        for (int row = from; row < columns.Count; row++)
        {
            if (Reward.Holds(columns.Rewards[row]) && Advantage.Holds(columns.Advantages[row]) && TokenCount.Holds(columns.TokenCounts[row])
                && (reasons.Count == 0 || reasons.Contains(columns.Reasons[row]))
                && Array.TrueForAll(scores, score => score.Values is { } values && !double.IsNaN(values[row]) && score.Range.Holds(values[row])))
            {
                found.Add(row);
            }
        }

        return found;
    }

    public bool Holds(string prompt, string completion) =>
        completion.Contains(CompletionText, StringComparison.OrdinalIgnoreCase) && prompt.Contains(PromptText, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Numbers between two bounds, which are included; null is no bound. NaN is in no range that has one.</summary>
public readonly record struct NumberRange(double? Min, double? Max)
{
    public bool Holds(double value) => !(Min > value) && !(Max < value) && (!double.IsNaN(value) || (Min is null && Max is null));
}

/// <summary>The scores of a reward source.</summary>
public sealed record ScoreRange(string Source, NumberRange Range);
