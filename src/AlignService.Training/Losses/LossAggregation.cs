using AlignService.Specs.PolicyOptimization;
using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>From token losses to this micro-batch's share of the minibatch's loss.</summary>
internal static class LossAggregation
{
    /// <param name="tokenLosses">[B, T], 0 where the mask is 0.</param>
    /// <param name="mask">[B, T] bool.</param>
    /// <param name="totals">Denominators of the whole minibatch; an empty one counts as 1.</param>
    /// <param name="config">Which mean.</param>
    public static Tensor Compute(Tensor tokenLosses, Tensor mask, MinibatchTotals totals, GrpoLossConfig config) => config.Aggregation switch
    {
        Aggregation.SequenceMean => (tokenLosses.sum(1) / mask.sum(1).clamp(min: 1)).sum() / Math.Max(1, totals.RowCount),
        Aggregation.TokenMean => tokenLosses.sum() / Math.Max(1, totals.TokenCount),
        Aggregation.Constant => tokenLosses.sum() / Math.Max(1, (double)totals.RowCount * config.MaxCompletionLength),
        Aggregation.TokenSum => tokenLosses.sum() / Math.Max(1, totals.RowCount),
        _ => throw new ArgumentOutOfRangeException(nameof(config), config.Aggregation, null),
    };
}
