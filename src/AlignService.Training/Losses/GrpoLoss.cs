using AlignService.Specs.PolicyOptimization;
using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>The GRPO objective of one micro-batch, as its share of the minibatch's loss (arXiv:2402.03300, eq. 3, and its variants).</summary>
/// <param name="Value">Scalar to minimize; carries gradient. The values of a minibatch's micro-batches add up.</param>
/// <param name="Statistics">This micro-batch's share of each metric.</param>
internal sealed record GrpoLoss(Tensor Value, LossStatistics Statistics)
{
    /// <param name="logProbs">[B, T] log-prob of each completion token under the policy in training, in nats; carries gradient.</param>
    /// <param name="entropies">[B, T] of the policy's distribution at each token, in nats; null where neither bonus nor metric is needed.</param>
    /// <param name="micro">Mask, advantages, old and reference log-probs of these rows.</param>
    /// <param name="totals">Denominators of the whole minibatch.</param>
    /// <param name="config">The variant.</param>
    public static GrpoLoss Compute(Tensor logProbs, Tensor? entropies, MicroBatch micro, MinibatchTotals totals, GrpoLossConfig config)
    {
        using var scope = NewDisposeScope();
        Tensor mask = micro.Mask;
        Tensor current = Masked(logProbs, mask);
        Tensor? entropy = entropies is null ? null : Masked(entropies, mask);

        // 1. Ratio pi / pi_old: on policy the old policy is the policy itself, so it is exactly 1.
        Tensor old = micro.OldLogProbs is null ? current.detach() : Masked(micro.OldLogProbs, mask);
        Tensor ratio = ProbabilityRatio.Compute(current, old, mask, config.RatioLevel);

        // 2. Objective of each token that carries the policy loss, weighted where another engine sampled it.
        ITokenObjective objective = Objectives.Create(config);
        Tensor kept = totals.EntropyThreshold is double threshold ? mask & (entropy! >= threshold) : mask; // a threshold is a quantile of the entropies
        Tensor tokenLosses = Masked(objective.Loss(ratio, current, micro.Advantages), kept);
        if (config.SamplerCorrection != SamplerCorrection.Off)
        {
            tokenLosses = tokenLosses * SamplerWeight.Compute(config.SamplerCorrection, old, Masked(micro.SamplerLogProbs!, mask), config.SamplerCap); // a correction asks for them
        }

        // 3. KL(policy || reference) holds back every token, whatever carries the policy loss.
        Tensor? kl = micro.ReferenceLogProbs is null ? null
            : Masked(KlDivergence.Estimate(config.KlEstimator, current, Masked(micro.ReferenceLogProbs, mask), ratio), mask);
        if (kl is not null && config.KlPlacement == KlPlacement.Loss && config.KlCoefficient != 0)
        {
            tokenLosses = tokenLosses + config.KlCoefficient * kl;
        }

        // 4. Aggregate over the minibatch, less the entropy bonus.
        Tensor loss = LossAggregation.Compute(tokenLosses, mask, totals, config);
        if (config.EntropyCoefficient != 0)
        {
            loss = loss - config.EntropyCoefficient * Masked(entropy!, kept).sum() / Math.Max(1, totals.KeptTokenCount); // a bonus asks for them
        }

        LossStatistics statistics = new LossMeasures(micro, totals, config).Measure(loss, new(ratio, old, kl, entropy), objective);
        return new(loss.MoveToOuterDisposeScope(), statistics.MoveToOuterDisposeScope());
    }

    /// <summary>Zero, with zero gradient, where the mask is false, whatever the value there.</summary>
    private static Tensor Masked(Tensor values, Tensor mask) => where(mask, values, zeros(1, dtype: values.dtype, device: values.device));
}

/// <summary>Inputs of the loss of some rows of a minibatch, besides the policy's log-probs. Tensors are borrowed.</summary>
internal sealed record MicroBatch
{
    /// <summary>[B, T] bool; true is a completion token that the loss reads. Other values have no effect.</summary>
    public required Tensor Mask { get; init; }

    /// <summary>[B, 1], or [B, T] with process rewards or a critic.</summary>
    public required Tensor Advantages { get; init; }

    /// <summary>[B, T] log-probs under the weights that sampled, as the trainer computes them; null is on-policy: the policy's own.</summary>
    public Tensor? OldLogProbs { get; init; }

    /// <summary>[B, T] log-probs under the reference model; null where there is none.</summary>
    public Tensor? ReferenceLogProbs { get; init; }

    /// <summary>[B, T] log-probs that the sampler reported; null where they are not compared.</summary>
    public Tensor? SamplerLogProbs { get; init; }
}
