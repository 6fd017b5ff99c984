using AlignService.Model.Sampling;
using AlignService.Specs.Data;
using AlignService.Training.Evaluation;
using AlignService.Training.Rollouts;

namespace AlignService.Worker.Answers;

/// <summary>One answer of an evaluation, as its table has it.</summary>
/// <param name="Prompt">Its index in the source is the prompt's id.</param>
/// <param name="Sample">Counts the prompt's answers from 0.</param>
/// <param name="Completion">Text without special tokens, cut before a stop string.</param>
public sealed record AnswerRow(Prompt Prompt, int Sample, string Completion)
{
    /// <summary>[K], one per source; NaN is "no score".</summary>
    public required IReadOnlyList<double> Scores { get; init; }

    /// <summary>End token included.</summary>
    public required int TokenCount { get; init; }

    public required FinishReason FinishReason { get; init; }

    /// <summary>Of the sampled tokens, in nats, under softmax(logits / temperature) with full support; greedy: at temperature 1.</summary>
    public required double LogProbSum { get; init; }

    public ScoredAnswer Scored => new(Scores, TokenCount, FinishReason);

    public static AnswerRow Of(Rollout rollout) => new(rollout.Prompt.Prompt, rollout.Completion.SampleIndex, rollout.Completion.Text)
    {
        Scores = rollout.Scores,
        TokenCount = rollout.Completion.TokenIds.Count,
        FinishReason = rollout.Completion.FinishReason,
        LogProbSum = rollout.Completion.LogProbs.Sum(value => (double)value),
    };
}

/// <summary>The rows of an evaluation with what their scores mean.</summary>
/// <param name="Rows">Prompt after prompt.</param>
/// <param name="Sources">[K] names of the reward sources.</param>
/// <param name="Rewards">[B] the weighted sum of a row's scores; NaN is unscored.</param>
/// <param name="Passes">[B] whether a row passes; null where what decides it gave no score.</param>
public sealed record AnswerTableRows(IReadOnlyList<AnswerRow> Rows, IReadOnlyList<string> Sources, IReadOnlyList<double> Rewards, IReadOnlyList<bool?> Passes)
{
    public static AnswerTableRows Of(IReadOnlyList<AnswerRow> rows, IReadOnlyList<string> sources, AnswerJudgement judgement)
    {
        IReadOnlyList<double>[] scores = [.. rows.Select(row => row.Scores)];
        return new(rows, sources, judgement.Rewards(scores), judgement.Passes(scores));
    }
}
