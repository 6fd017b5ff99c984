using AlignService.Model.Checkpoints;
using AlignService.Specs.Examples;
using AlignService.Specs.Rewards.Inputs;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Training.Batches;
using static TorchSharp.torch;

namespace AlignService.Training.Rewards;

/// <summary>A transformer with a scalar head as a source of reward. Owns the model.</summary>
internal sealed class RewardModel(RewardModelHead head, RewardInput input) : IReward, IDisposable
{
    private readonly MicroBatchPlan _plan = MicroBatchPlan.For(head.Body.Config, size: null);

    /// <summary>What does not fit the model's context gets no score; nothing is truncated.</summary>
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        int context = head.Body.Config.MaxPositions;
        var scores = new RewardScore[requests.Count];
        List<(int Row, TokenSequence Sequence)> fitting = [];
        for (int row = 0; row < requests.Count; row++)
        {
            ScoringRequest request = requests[row];
            IReadOnlyList<int> ids = input.Encode(request.Prompt, request.Completion, request.Truncated);
            if (input.FindFault(ids) is { } fault)
            {
                scores[row] = RewardScore.None(fault);
            }
            else if (ids.Count is > 0 && ids.Count <= context)
            {
                fitting.Add((row, new TokenSequence(ids, [])));
            }
            else
            {
                scores[row] = RewardScore.None(ids.Count == 0 ? "there are no tokens to read" : $"longer than the reward model's context of {context} tokens");
            }
        }

        TokenSequence[] sequences = [.. fitting.Select(entry => entry.Sequence)];
        foreach (int[] part in _plan.Split(sequences))
        {
            cancellationToken.ThrowIfCancellationRequested();
            double[] values = Run([.. part.Select(i => sequences[i])]);
            for (int i = 0; i < part.Length; i++)
            {
                scores[fitting[part[i]].Row] = RewardScore.Of(values[i]);
            }
        }

        return scores;
    }

    public void Dispose() => head.Dispose();

    private double[] Run(TokenSequence[] rows)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        SequenceBatch batch = SequenceBatch.Create(rows, head.Body.Device);
        return head.Scores(batch.Ids, batch.Lengths).to(ScalarType.Float64).cpu().data<double>().ToArray();
    }
}
