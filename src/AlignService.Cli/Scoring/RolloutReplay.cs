using AlignService.Cli.Output;
using AlignService.Jobs.Rollouts;
using AlignService.Model.Sampling;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Training.Advantages;
using AlignService.Training.Rollouts;

namespace AlignService.Cli.Scoring;

/// <summary>Scores stored rollouts with other rewards, step by step, and says what training would have made of them. No model is loaded, unless a reward is one.</summary>
/// <param name="rewards">Borrowed.</param>
/// <param name="estimator">With the settings of the job that sampled them.</param>
internal sealed class RolloutReplay(RewardSet rewards, ReplayEstimator estimator)
{
    /// <param name="step">The step's completions by number; groups are whole.</param>
    /// <param name="warn">Receives what a user must know: missing scores, and why.</param>
    /// <param name="cancellationToken">Ends the scoring.</param>
    public IReadOnlyList<ReplayedRollout> Score(IReadOnlyList<RolloutRecord> step, Action<string> warn, CancellationToken cancellationToken)
    {
        ScoringRequest[] requests = [.. step.Select(row => new ScoringRequest(row.Prompt, row.Completion, row.CompletionTokenIds, IsTruncated(row)) { Group = row.Group, Moment = new ScoringMoment(row.Step, IsEvaluation: false) })];
        ScoreTable table = rewards.Score(requests, cancellationToken);
        foreach (string message in table.Messages)
        {
            warn(message);
        }

        Rollout[] rollouts = [.. step.Select((row, place) => ToRollout(row, table.Scores[place]))];
        IReadOnlyList<double> totals = estimator.Estimate(rollouts).Rewards;

        // What dynamic sampling dropped was part of no batch.
        int[] trained = [.. Enumerable.Range(0, step.Count).Where(place => !double.IsNaN(step[place].Advantage))];
        IReadOnlyList<double>? advantages = estimator.Estimate([.. trained.Select(place => rollouts[place])]).Advantages;
        Dictionary<int, double> byPlace = advantages is null ? [] : trained.Zip(advantages).ToDictionary(pair => pair.First, pair => pair.Second);
        int[] before = GroupRanks.Of(step, [.. step.Select(row => row.Reward)]), after = GroupRanks.Of(step, totals);
        return
        [
            .. step.Select((row, place) => new ReplayedRollout(row, table.Scores[place], totals[place])
            {
                Advantage = byPlace.TryGetValue(place, out double advantage) ? advantage : null,
                OldRank = before[place],
                NewRank = after[place],
            }),
        ];
    }

    private static bool IsTruncated(RolloutRecord row) => FinishReasons.Parse(row.FinishReason) == FinishReason.Length;

    private static Rollout ToRollout(RolloutRecord row, IReadOnlyList<double> scores)
    {
        Completion completion = new()
        {
            PromptIndex = row.Prompt.Index,
            SampleIndex = row.Number,
            TokenIds = row.CompletionTokenIds,
            LogProbs = [],
            Text = row.Completion,
            FinishReason = FinishReasons.Parse(row.FinishReason) ?? throw new CommandException(ExitCode.BadInput, $"the server sent a completion that ended by {row.FinishReason}, which this program does not know; use its own version."),
            MeanKeptMass = 1,
        };
        return new Rollout(new EncodedPrompt(row.Prompt, row.PromptTokenIds), completion, scores);
    }
}

/// <summary>A stored rollout under other rewards.</summary>
/// <param name="Before">As it was trained with.</param>
/// <param name="Scores">[K] of the other rewards; NaN is "no score".</param>
/// <param name="Reward">Their weighted sum, penalties included; NaN is unscored.</param>
internal sealed record ReplayedRollout(RolloutRecord Before, IReadOnlyList<double> Scores, double Reward)
{
    /// <summary>Null where it needs a model, or where the group was dropped.</summary>
    public required double? Advantage { get; init; }

    /// <summary>In its group by reward; 1 is the largest, equal ones share the rank, 0 is unscored.</summary>
    public required int OldRank { get; init; }

    /// <inheritdoc cref="OldRank"/>
    public required int NewRank { get; init; }
}

/// <summary>Places of completions in their groups.</summary>
internal static class GroupRanks
{
    /// <param name="rows">By group.</param>
    /// <param name="rewards">[B]; NaN has no rank.</param>
    public static int[] Of(IReadOnlyList<RolloutRecord> rows, IReadOnlyList<double> rewards)
    {
        ILookup<int, int> groups = Enumerable.Range(0, rows.Count).ToLookup(place => rows[place].Group);
        return [.. Enumerable.Range(0, rows.Count).Select(place => double.IsNaN(rewards[place]) ? 0 : 1 + groups[rows[place].Group].Count(other => rewards[other] > rewards[place]))];
    }
}
