using AlignService.Model.Checkpoints;
using AlignService.Specs.Examples;
using AlignService.Specs.Rewards.Inputs;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;
using AlignService.Training.Batches;
using static TorchSharp.torch;

namespace AlignService.Training.Rewards;

/// <summary>
/// A transformer whose scalar head is read at the end of every segment (arXiv:2305.20050). The segments' ends are found twice: in the completion's tokens, where the
/// advantages go, and in the model's own tokens, where its scores are. Owns the model.
/// </summary>
internal sealed class ProcessRewardModel(RewardModelHead head, ProcessRewardInput input, ISegmentFinder segments) : IReward, IDisposable
{
    private readonly MicroBatchPlan _plan = MicroBatchPlan.For(head.Body.Config, size: null);

    /// <summary>What does not fit the model's context gets no score; nothing is truncated. A completion's own score is the mean of its segments'.</summary>
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken)
    {
        var scores = new RewardScore[requests.Count];
        List<Entry> entries = [];
        for (int row = 0; row < requests.Count; row++)
        {
            ScoringRequest request = requests[row];
            IReadOnlyList<CompletionSegment> found = segments.Find(request);
            (IReadOnlyList<int> ids, IReadOnlyList<int> ends) = input.Encode(request.Prompt, found, request.Truncated);
            if (Fault(found, ids, ends) is string fault)
            {
                scores[row] = RewardScore.None(fault);
            }
            else
            {
                entries.Add(new Entry(row, found, new TokenSequence(ids, []), ends));
            }
        }

        foreach (int[] part in _plan.Split([.. entries.Select(entry => entry.Sequence)]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Entry[] rows = [.. part.Select(i => entries[i])];
            Queue<double> values = new(Run(rows));
            foreach (Entry entry in rows)
            {
                scores[entry.Row] = SegmentScores.ToScore(entry.Segments, [.. entry.Ends.Select(_ => Finite(values.Dequeue()))]);
            }
        }

        return scores;
    }

    public void Dispose() => head.Dispose();

    private string? Fault(IReadOnlyList<CompletionSegment> found, IReadOnlyList<int> ids, IReadOnlyList<int> ends) =>
        found.Count == 0 ? "the completion has no segments"
        : ids.Count > head.Body.Config.MaxPositions ? $"longer than the process reward model's context of {head.Body.Config.MaxPositions} tokens"
        : input.FindFault(ids) is { } beyond ? beyond
        : ends.Count == 0 ? "the process reward model's tokenizer or chat template changes the completion, so its segments cannot be found in it"
        : null;

    /// <summary>One value per segment, row by row.</summary>
    private double[] Run(Entry[] rows)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        SequenceBatch batch = SequenceBatch.Create([.. rows.Select(row => row.Sequence)], head.Body.Device);
        Tensor hidden = head.Body.Hidden(batch.Ids, batch.Lengths); // [B, T, C]
        long width = hidden.size(1);
        long[] places = [.. rows.SelectMany((row, b) => row.Ends.Select(end => b * width + end))];
        Tensor ends = hidden.view(-1, hidden.size(2)).index_select(0, tensor(places, device: hidden.device)); // [N, C]
        return head.Values(ends).to(ScalarType.Float64).cpu().data<double>().ToArray();
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    /// <param name="Row">Index of the request.</param>
    /// <param name="Segments">Segments of the completion.</param>
    /// <param name="Sequence">The model's input.</param>
    /// <param name="Ends">Its token at the end of each segment.</param>
    private sealed record Entry(int Row, IReadOnlyList<CompletionSegment> Segments, TokenSequence Sequence, IReadOnlyList<int> Ends);
}
