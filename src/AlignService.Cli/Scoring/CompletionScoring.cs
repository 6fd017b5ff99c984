using AlignService.Cli.Output;
using AlignService.Model.Sampling;
using AlignService.Specs.Data;
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
    /// <summary>Rows that are scored at once; more where rows of one prompt follow each other, because judges may compare them.</summary>
    private const int BatchSize = 64;

    /// <summary>One batch after the other, in the order of the completions.</summary>
    /// <param name="completions">At least one.</param>
    /// <param name="warn">Receives what a user must know: missing scores, and why.</param>
    /// <param name="cancellationToken">Ends the scoring.</param>
    public IEnumerable<ScoredCompletion> Score(IReadOnlyList<GivenCompletion> completions, Action<string> warn, CancellationToken cancellationToken)
    {
        foreach (IReadOnlyList<(GivenCompletion Given, int Group)> batch in Batches(completions))
        {
            ScoringRequest[] requests = [.. batch.Select(row => Request(row.Given) with { Group = row.Group })];
            ScoreTable table = Score(rewards, requests, cancellationToken);
            foreach (string message in table.Messages)
            {
                warn(message);
            }

            IReadOnlyList<double> totals = judgement.Rewards(table.Scores);
            IReadOnlyList<bool?> passes = judgement.Passes(table.Scores);
            for (int row = 0; row < batch.Count; row++)
            {
                yield return new ScoredCompletion(batch[row].Given, table.Scores[row], totals[row], passes[row]) { TokenCount = requests[row].TokenCount };
            }
        }
    }

    /// <summary>The scores of completions that are scored together.</summary>
    /// <exception cref="CommandException">A reward outside this program did not answer, and a job would pause.</exception>
    public static ScoreTable Score(RewardSet rewards, IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            return rewards.Score(requests, cancellationToken);
        }
        catch (ScoringPausedException paused)
        {
            throw new CommandException(ExitCode.Refused, $"{paused.Message} A job would pause here; set calls.when_unscored to leave_out to go on without these scores.", paused);
        }
    }

    private static IEnumerable<IReadOnlyList<(GivenCompletion Given, int Group)>> Batches(IReadOnlyList<GivenCompletion> completions)
    {
        List<(GivenCompletion Given, int Group)> batch = [];
        int group = 0;
        for (int row = 0; row < completions.Count; row++)
        {
            bool isNewPrompt = row > 0 && !IsSamePrompt(completions[row - 1].Prompt, completions[row].Prompt);
            group += isNewPrompt ? 1 : 0;
            if (isNewPrompt && batch.Count >= BatchSize)
            {
                yield return batch;
                batch = [];
            }

            batch.Add((completions[row], group));
        }

        yield return batch;
    }

    private static bool IsSamePrompt(Prompt one, Prompt other) =>
        one.Text == other.Text && (one.Messages ?? []).SequenceEqual(other.Messages ?? []) && one.ToolsJson == other.ToolsJson && one.Answer == other.Answer;

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
