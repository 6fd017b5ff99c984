using AlignService.Specs.PolicyOptimization;
using TorchSharp;
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

/// <summary>Denominators and thresholds of a whole minibatch, so any split into micro-batches gives the same gradient.</summary>
/// <param name="RowCount">B, fully masked rows included.</param>
/// <param name="TokenCount">Completion tokens that the mask keeps.</param>
/// <param name="EntropyThreshold">Tokens of lower entropy (nats) have no policy loss; null is off.</param>
/// <param name="KeptTokenCount">Tokens at or above the threshold.</param>
internal sealed record MinibatchTotals(int RowCount, int TokenCount, double? EntropyThreshold, int KeptTokenCount)
{
    /// <param name="mask">[B, T] bool of the whole minibatch.</param>
    /// <param name="entropies">[B, T] of the whole minibatch; needed for the top-entropy fraction only.</param>
    /// <param name="topEntropyFraction">Share of tokens that have a policy loss; null is off.</param>
    public static MinibatchTotals Of(Tensor mask, Tensor? entropies, double? topEntropyFraction)
    {
        using var scope = NewDisposeScope();
        int rowCount = (int)mask.shape[0];
        int tokenCount = (int)mask.sum().ToInt64();
        if (topEntropyFraction is not double fraction || tokenCount == 0)
        {
            return new(rowCount, tokenCount, null, tokenCount);
        }

        Tensor kept = (entropies ?? throw new ArgumentNullException(nameof(entropies), "The top-entropy fraction needs the entropies of the whole minibatch."))
            .detach().masked_select(mask).to(ScalarType.Float64).cpu();
        double[] sorted = kept.data<double>().ToArray();
        Array.Sort(sorted);
        double threshold = Quantile(sorted, 1 - fraction);
        return new(rowCount, tokenCount, threshold, sorted.Count(entropy => entropy >= threshold));
    }

    /// <summary>Linear between ranks. A rank that is whole except for rounding is whole, so the threshold can equal a token's entropy.</summary>
    private static double Quantile(double[] sorted, double quantile)
    {
        double rank = quantile * (sorted.Length - 1);
        double nearest = Math.Round(rank);
        if (Math.Abs(rank - nearest) < 1e-9)
        {
            return sorted[(int)nearest];
        }

        int below = (int)Math.Floor(rank);
        return sorted[below] + (rank - below) * (sorted[below + 1] - sorted[below]);
    }
}
