using AlignService.Jobs.Rollouts;
using AlignService.Specs.Data;
using AlignService.Specs.Violations;
using AlignService.Store.Rollouts;
using AlignService.Text;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>Rollouts and their filters on the wire.</summary>
internal static class RolloutMapper
{
    private const int LongestText = 1000, MostScores = 32;

    /// <exception cref="InvalidRequestException">A condition that no rollout can meet by its nature.</exception>
    public static RolloutFilter Read(Wire.RolloutFilter? filter)
    {
        Wire.RolloutFilter given = filter ?? new Wire.RolloutFilter();
        (int first, int last) = StepBounds.Read(given.FromStep, given.ToStep, "filter.");
        foreach ((string field, string text) in new[] { ("completion_text", given.CompletionText), ("prompt_text", given.PromptText) })
        {
            if (text.Length > LongestText)
            {
                throw new InvalidRequestException($"filter.{field}", $"it has {text.Length} characters; at most {LongestText} are allowed.");
            }
        }

        if (given.FinishReasons.FirstOrDefault(reason => !RolloutColumns.FinishReasons.Contains(reason)) is { } unknown)
        {
            throw new InvalidRequestException("filter.finish_reasons", $"\"{ShortText.Cut(unknown, 50)}\" is not a finish reason; give {string.Join(", ", RolloutColumns.FinishReasons)}.");
        }

        if (given.Scores.Count > MostScores)
        {
            throw new InvalidRequestException("filter.scores", $"there are {given.Scores.Count}; at most {MostScores} are allowed.");
        }

        return new RolloutFilter
        {
            FromStep = first,
            ToStep = last,
            Reward = Range("reward", given.HasMinReward ? given.MinReward : null, given.HasMaxReward ? given.MaxReward : null),
            Advantage = Range("advantage", given.HasMinAdvantage ? given.MinAdvantage : null, given.HasMaxAdvantage ? given.MaxAdvantage : null),
            TokenCount = new NumberRange(given.MinTokens > 0 ? given.MinTokens : null, given.MaxTokens > 0 ? given.MaxTokens : null),
            FinishReasons = [.. given.FinishReasons.Distinct()],
            Scores = [.. given.Scores.Select(Read)],
            CompletionText = given.CompletionText,
            PromptText = given.PromptText,
        };
    }

    /// <summary>Whether token ids and the prompt as given are asked for.</summary>
    /// <exception cref="InvalidRequestException">An unknown view.</exception>
    public static bool IsFull(Wire.RolloutView view) => view switch
    {
        Wire.RolloutView.Unspecified or Wire.RolloutView.Basic => false,
        Wire.RolloutView.Full => true,
        _ => throw new InvalidRequestException("view", $"{view} is not a view known to this server; give ROLLOUT_VIEW_BASIC or ROLLOUT_VIEW_FULL."),
    };

    public static Wire.Rollout Write(FoundRollout found, bool full)
    {
        RolloutRecord record = found.Record;
        Wire.Rollout rollout = new()
        {
            Step = record.Step,
            Number = record.Number,
            Group = record.Group,
            PromptIndex = record.Prompt.Index,
            Prompt = record.PromptText,
            Completion = record.Completion,
            TokenCount = record.TokenCount,
            FinishReason = record.FinishReason,
            LogProbs = new Wire.RolloutLogProbs { Mean = record.LogProbs.Mean, Min = record.LogProbs.Min },
            PolicyStep = record.PolicyStep,
        };
        foreach ((string source, double score) in found.Sources.Zip(record.Scores).Where(pair => !double.IsNaN(pair.Second)))
        {
            rollout.Scores[source] = score;
        }

        if (!double.IsNaN(record.Reward))
        {
            rollout.Reward = record.Reward;
        }

        if (!double.IsNaN(record.Advantage))
        {
            rollout.Advantage = record.Advantage;
        }

        if (record.LogProbs.AboveReference is { } above)
        {
            rollout.LogProbs.AboveReference = above;
        }

        if (full)
        {
            rollout.PromptTokenIds.Add(record.PromptTokenIds);
            rollout.CompletionTokenIds.Add(record.CompletionTokenIds);
            rollout.Source = StoredPrompt.ToWire(record.Prompt);
        }

        return rollout;
    }

    private static ScoreRange Read(Wire.ScoreRange range, int index) => range.Source.Length is > 0 and <= LongestText
        ? new ScoreRange(range.Source, Range($"scores[{index}]", range.HasMin ? range.Min : null, range.HasMax ? range.Max : null))
        : throw new InvalidRequestException($"filter.scores[{index}].source", "it is empty or too long; give the name of a reward of the job.");

    private static NumberRange Range(string what, double? min, double? max) => new[] { min, max }.FirstOrDefault(bound => bound is { } given && !double.IsFinite(given)) is { } bad
        ? throw new InvalidRequestException($"filter.{what}", $"{bad} is not a bound; give a finite number, or leave the bound out.")
        : new NumberRange(min, max);
}

/// <summary>First and last step of a request; 0 is open.</summary>
internal static class StepBounds
{
    /// <param name="from">First.</param>
    /// <param name="to">Last.</param>
    /// <param name="prefix">Of the fields' paths.</param>
    /// <exception cref="InvalidRequestException">One is negative.</exception>
    public static (int First, int Last) Read(int from, int to, string prefix) =>
        from < 0 ? throw new InvalidRequestException($"{prefix}from_step", $"{from} is negative; give the first step, or 0 for no bound.")
        : to < 0 ? throw new InvalidRequestException($"{prefix}to_step", $"{to} is negative; give the last step, or 0 for no bound.")
        : (from, to == 0 ? int.MaxValue : to);
}
