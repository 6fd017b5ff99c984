using AlignService.Specs.PolicyOptimization;
using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>The GRPO objective of one micro-batch, as its share of the minibatch's loss (arXiv:2402.03300, eq. 3, and its variants).</summary>
/// <param name="Value">Scalar to minimise; carries gradient. The values of a minibatch's micro-batches add up.</param>
/// <param name="Shares">[9] float64, this micro-batch's share of each metric; see <see cref="LossMetrics"/>.</param>
public sealed record GrpoLoss(Tensor Value, Tensor Shares)
{
    /// <param name="logProbs">[B, T] log-prob of each completion token under the policy in training, in nats; carries gradient.</param>
    /// <param name="entropies">[B, T] of the policy's distribution at each token, in nats; null where neither bonus nor metric is wanted.</param>
    /// <param name="micro">Mask, advantages, old and reference log-probs of these rows.</param>
    /// <param name="totals">Denominators of the whole minibatch.</param>
    /// <param name="config">The variant.</param>
    public static GrpoLoss Compute(Tensor logProbs, Tensor? entropies, MicroBatch micro, MinibatchTotals totals, GrpoLossConfig config)
    {
        using var scope = NewDisposeScope();
        Tensor mask = micro.Mask;
        Tensor current = Counted(logProbs, mask);

        // On policy the old policy is the policy itself, so that the ratio is exactly 1.
        Tensor old = micro.OldLogProbs is null ? current.detach() : Counted(micro.OldLogProbs, mask);
        Tensor ratio = ProbabilityRatio.Compute(current, old, mask, config.RatioLevel);
        Tensor policyLoss = PolicyObjective.Compute(ratio, current, micro.Advantages, config);

        // Which tokens carry the policy loss, and how much.
        Tensor? entropy = entropies is null ? null : Counted(entropies, mask);
        Tensor kept = totals.EntropyThreshold is double threshold ? mask & (entropy! >= threshold) : mask;
        Tensor tokenLosses = Counted(policyLoss, kept);
        Tensor? sampler = micro.SamplerLogProbs is null ? null : Counted(micro.SamplerLogProbs, mask);
        if (config.SamplerCorrection != SamplerCorrection.Off)
        {
            tokenLosses = tokenLosses * SamplerWeight.Compute(config.SamplerCorrection, old, sampler!, config.SamplerCap);
        }

        // KL(policy || reference) holds back every token, whatever carries the policy loss.
        Tensor? kl = micro.ReferenceLogProbs is null ? null
            : Counted(KlDivergence.Estimate(config.KlEstimator, current, Counted(micro.ReferenceLogProbs, mask), ratio), mask);
        if (kl is not null && config.KlPlacement == KlPlacement.Loss && config.KlCoefficient != 0)
        {
            tokenLosses = tokenLosses + config.KlCoefficient * kl;
        }

        Tensor loss = LossAggregation.Compute(tokenLosses, mask, totals, config);
        if (config.EntropyCoefficient != 0)
        {
            loss = loss - config.EntropyCoefficient * Counted(entropy!, kept).sum() / Math.Max(1, totals.KeptTokenCount);
        }

        Tensor shares = new LossShares(micro, totals, config).Compute(loss, ratio, old, kl, entropy);
        return new(loss.MoveToOuterDisposeScope(), shares.MoveToOuterDisposeScope());
    }

    /// <summary>Zero, with zero gradient, where a token does not count, whatever stands there.</summary>
    private static Tensor Counted(Tensor values, Tensor mask) => where(mask, values, zeros(1, dtype: values.dtype, device: values.device));
}
