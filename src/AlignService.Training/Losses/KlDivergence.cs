using AlignService.Specs.PolicyOptimization;
using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>Estimates of KL(policy || reference) at sampled tokens (algorithms.md, section 4), in nats.</summary>
internal static class KlDivergence
{
    /// <param name="estimator">Which estimate.</param>
    /// <param name="logProbs">Under the policy; carries gradient.</param>
    /// <param name="referenceLogProbs">Under the reference, same shape.</param>
    /// <param name="ratio">pi / pi_old of the loss, for <see cref="KlEstimator.K3Ratio"/>; neither clipped nor capped.</param>
    public static Tensor Estimate(KlEstimator estimator, Tensor logProbs, Tensor referenceLogProbs, Tensor ratio)
    {
        Tensor difference = (referenceLogProbs - logProbs).clamp(-ProbabilityRatio.LogBound, ProbabilityRatio.LogBound);
        return estimator switch
        {
            KlEstimator.K1 => -difference,
            KlEstimator.K2 => K2(difference),
            KlEstimator.K3 => K3(difference),
            KlEstimator.K3Ratio => ratio * K3(difference),
            KlEstimator.K3Straight => StraightThrough(K3(difference), K2(difference)),
            _ => throw new ArgumentOutOfRangeException(nameof(estimator), estimator, null),
        };
    }

    private static Tensor K2(Tensor difference) => difference.square() / 2;

    /// <summary>e^d - d - 1, by expm1: exact where d is small.</summary>
    private static Tensor K3(Tensor difference) => difference.expm1() - difference;

    private static Tensor StraightThrough(Tensor value, Tensor gradient) => gradient + (value - gradient).detach();
}
