using AlignService.Specs.Data;
using AlignService.Text;

namespace AlignService.Specs.Rewards.Scoring;

/// <summary>A source of scores. Called from one thread at a time.</summary>
public interface IReward
{
    /// <summary>One score per request, in order. What cannot be scored gets a reason instead of a score, never a guess.</summary>
    IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken);
}

/// <summary>A completion to score.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Completion">Text without special tokens, cut before a stop string.</param>
/// <param name="TokenIds">Tokens sampled, end token included.</param>
/// <param name="Truncated">Whether it ended at its token limit.</param>
public sealed record ScoringRequest(Prompt Prompt, string Completion, IReadOnlyList<int> TokenIds, bool Truncated)
{
    /// <summary>Tokens sampled, end token included.</summary>
    public int TokenCount => TokenIds.Count;

    /// <summary>Completions of one prompt have the same number, within the list that is scored.</summary>
    public int Group { get; init; }

    /// <summary>What they are scored for.</summary>
    public ScoringMoment Moment { get; init; }
}

/// <summary>When in a run something is scored.</summary>
/// <param name="Step">The step that is being done, from 1; of an evaluation, the steps done before it.</param>
/// <param name="IsEvaluation">Held-out prompts, not those of a step.</param>
public readonly record struct ScoringMoment(int Step, bool IsEvaluation)
{
    /// <summary>Rises through a run: an evaluation follows its step.</summary>
    public int Order => 2 * Step + (IsEvaluation ? 1 : 0);
}

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
