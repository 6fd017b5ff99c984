using AlignService.Specs.PolicyOptimization;
using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>What one micro-batch contributes to the metrics of its minibatch.</summary>
internal sealed class LossShares(MicroBatch micro, MinibatchTotals totals, GrpoLossConfig config)
{
    private readonly int _tokenCount = Math.Max(1, totals.TokenCount);

    /// <returns>[9] float64 in the order of <see cref="LossMetrics.Names"/>.</returns>
    public Tensor Compute(Tensor loss, Tensor ratio, Tensor old, Tensor? kl, Tensor? entropy)
    {
        using var noGrad = no_grad();
        Tensor absent = full(1, double.NaN, dtype: ScalarType.Float64, device: loss.device).squeeze();

        // A row ratio is averaged over rows, unless the advantages differ from token to token.
        bool byRow = config.RatioLevel == RatioLevel.Sequence;
        bool clipByRow = byRow && micro.Advantages.shape[1] == 1;
        Tensor ratioMean = byRow ? RowMean(ratio) : TokenMean(ratio);
        (Tensor? low, Tensor? high) = Clipped(ratio);
        Tensor? difference = micro.SamplerLogProbs is null ? null : where(micro.Mask, (old - micro.SamplerLogProbs).abs(), zeros(1, dtype: old.dtype, device: old.device));

        // Off policy with the KL in the reward, the estimate at the moved policy says nothing that anybody acts on.
        bool reportsKl = kl is not null && !(config.KlPlacement == KlPlacement.Reward && micro.OldLogProbs is not null);
        return stack(
        [
            loss.to(ScalarType.Float64),
            reportsKl ? TokenMean(kl!) : absent,
            entropy is null ? absent : TokenMean(entropy),
            ratioMean,
            low is null ? absent : clipByRow ? RowMean(low) : TokenMean(low),
            high is null ? absent : clipByRow ? RowMean(high) : TokenMean(high),
            TokenMean(ratio - 1 - ratio.log()),
            difference is null ? absent : TokenMean(difference),
            difference is null ? absent : difference.max().to(ScalarType.Float64),
        ]).detach();
    }

    private (Tensor? Low, Tensor? High) Clipped(Tensor ratio)
    {
        Tensor negative = micro.Advantages < 0;
        Tensor positive = micro.Advantages > 0;
        return config.Objective switch
        {
            Objective.Cispo when config.CispoAbsoluteMax is double max => (zeros_like(negative), (ratio > max) & positive),
            Objective.Clipped or Objective.Cispo => ((ratio < 1 - config.ClipLow) & negative, (ratio > 1 + config.ClipHigh) & positive),
            _ => (null, null),
        };
    }

    private Tensor TokenMean(Tensor values) => where(micro.Mask, values.to(ScalarType.Float64), zeros(1, dtype: ScalarType.Float64, device: values.device)).sum() / _tokenCount;

    private Tensor RowMean(Tensor values) => values.sum(ScalarType.Float64) / Math.Max(1, totals.RowCount);
}
