using AlignService.Model.Sampling;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Text.Tokenization;
using AlignService.Training.Evaluation;

namespace AlignService.Cli.Scoring;

/// <summary>Scores completions batch by batch, as a training step or an evaluation would score them.</summary>
/// <param name="rewards">Borrowed.</param>
/// <param name="tokenizer">Counts the tokens of completions.</param>
/// <param name="judgement">What the scores mean.</param>
internal sealed class CompletionScoring(RewardSet rewards, Tokenizer tokenizer, AnswerJudgement judgement)
{
    private const int BatchSize = 64;

    /// <summary>One batch after the other, in the order of the completions.</summary>
    /// <param name="completions">At least one.</param>
    /// <param name="warn">Receives what a user must know: missing scores, and why.</param>
    /// <param name="cancellationToken">Ends the scoring.</param>
    public IEnumerable<ScoredCompletion> Score(IReadOnlyList<GivenCompletion> completions, Action<string> warn, CancellationToken cancellationToken)
    {
        foreach (GivenCompletion[] batch in completions.Chunk(BatchSize))
        {
            ScoringRequest[] requests = [.. batch.Select(Request)];
            ScoreTable table = rewards.Score(requests, cancellationToken);
            foreach (string message in table.Messages)
            {
                warn(message);
            }

            IReadOnlyList<double> totals = judgement.Rewards(table.Scores);
            IReadOnlyList<bool?> passes = judgement.Passes(table.Scores);
            for (int row = 0; row < batch.Length; row++)
            {
                yield return new ScoredCompletion(batch[row], table.Scores[row], totals[row], passes[row]) { TokenCount = requests[row].TokenCount };
            }
        }
    }

    /// <summary>A completion that was not truncated ended with an end token.</summary>
    private ScoringRequest Request(GivenCompletion given)
    {
        int[] ids = tokenizer.Encode(given.Completion, addSpecialTokens: false);
        int[] all = given.Truncated || tokenizer.EosId is not int end ? ids : [.. ids, end];
        return new ScoringRequest(given.Prompt, given.Completion, all, given.Truncated);
    }
}

/// <summary>A completion with its scores.</summary>
/// <param name="Given">The row.</param>
/// <param name="Scores">[K], one per source; NaN is "no score".</param>
/// <param name="Reward">The weighted sum of the scores; NaN is unscored.</param>
/// <param name="Passed">Null where what decides it gave no score.</param>
internal sealed record ScoredCompletion(GivenCompletion Given, IReadOnlyList<double> Scores, double Reward, bool? Passed)
{
    public required int TokenCount { get; init; }

    public ScoredAnswer Answer => new(Scores, TokenCount, Given.Truncated ? FinishReason.Length : FinishReason.Stop);
}
