using AlignService.Specs.PolicyOptimization;
using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>Measures what one micro-batch contributes to the metrics of its minibatch.</summary>
internal sealed class LossMeasures(MicroBatch micro, MinibatchTotals totals, GrpoLossConfig config)
{
    private readonly int _tokenCount = Math.Max(1, totals.TokenCount);

    /// <summary>Tensors of the loss that its metrics are taken from.</summary>
    /// <param name="Ratio">[B, T] or [B, 1].</param>
    /// <param name="Old">[B, T] log-probs under the old policy.</param>
    /// <param name="Kl">[B, T]; null without a reference.</param>
    /// <param name="Entropy">[B, T]; null where unknown.</param>
    internal readonly record struct Terms(Tensor Ratio, Tensor Old, Tensor? Kl, Tensor? Entropy);

    public LossStatistics Measure(Tensor loss, Terms terms, ITokenObjective objective)
    {
        using var noGrad = no_grad();
        Tensor ratio = terms.Ratio, old = terms.Old;

        // A row ratio is averaged over rows, unless the advantages differ from token to token.
        bool byRow = config.RatioLevel == RatioLevel.Sequence;
        bool clipByRow = byRow && micro.Advantages.shape[1] == 1;
        (Tensor Low, Tensor High)? clipped = objective.Clipped(ratio, micro.Advantages);
        Tensor? difference = micro.SamplerLogProbs is null ? null : where(micro.Mask, (old - micro.SamplerLogProbs).abs(), zeros(1, dtype: old.dtype, device: old.device));

        // Off policy with the KL in the reward, the estimate at the moved policy says nothing that anybody acts on.
        bool reportsKl = !(config.KlPlacement == KlPlacement.Reward && micro.OldLogProbs is not null);
        return new()
        {
            Loss = loss.detach().to(ScalarType.Float64),
            Kl = reportsKl && terms.Kl is { } kl ? TokenMean(kl) : null,
            Entropy = terms.Entropy is null ? null : TokenMean(terms.Entropy),
            RatioMean = byRow ? RowMean(ratio) : TokenMean(ratio),
            ClipLowFraction = clipped is null ? null : clipByRow ? RowMean(clipped.Value.Low) : TokenMean(clipped.Value.Low),
            ClipHighFraction = clipped is null ? null : clipByRow ? RowMean(clipped.Value.High) : TokenMean(clipped.Value.High),
            OldKl = TokenMean(ratio - 1 - ratio.log()),
            SamplerDifferenceMean = difference is null ? null : TokenMean(difference),
            SamplerDifferenceMax = difference?.max().to(ScalarType.Float64),
        };
    }

    private Tensor TokenMean(Tensor values) =>
        (where(micro.Mask, values.to(ScalarType.Float64), zeros(1, dtype: ScalarType.Float64, device: values.device)).sum() / _tokenCount).detach();

    private Tensor RowMean(Tensor values) => (values.sum(ScalarType.Float64) / Math.Max(1, totals.RowCount)).detach();
}
