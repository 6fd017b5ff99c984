using AlignService.Specs.PolicyOptimization;
using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>The policy loss of each token, to minimise (algorithms.md, section 3).</summary>
public static class PolicyObjective
{
    private const double SapoTauPositive = 1.0;
    private const double SapoTauNegative = 1.05;

    /// <param name="ratio">[B, T] or [B, 1].</param>
    /// <param name="logProbs">[B, T].</param>
    /// <param name="advantages">[B, T] or [B, 1].</param>
    /// <param name="config">Which objective, and its bounds.</param>
    /// <returns>[B, T], or [B, 1] where nothing in it depends on the token.</returns>
    public static Tensor Compute(Tensor ratio, Tensor logProbs, Tensor advantages, GrpoLossConfig config) => config.Objective switch
    {
        Objective.Clipped => Clipped(ratio, advantages, config),
        Objective.Cispo => -ClippedWeight(ratio, config).detach() * advantages * logProbs,
        Objective.Sapo => Sapo(ratio, advantages),
        Objective.Reinforce => -advantages * logProbs,
        Objective.NaturalGradient => -ratio * advantages,
        _ => throw new ArgumentOutOfRangeException(nameof(config), config.Objective, null),
    };

    /// <summary>Nothing is gained by moving a token's probability beyond the clip range (arXiv:1707.06347).</summary>
    private static Tensor Clipped(Tensor ratio, Tensor advantages, GrpoLossConfig config)
    {
        Tensor capped = config.RatioCap is double cap ? ratio.clamp(max: cap) : ratio;
        Tensor unclipped = capped * advantages;
        Tensor clipped = ratio.clamp(1 - config.ClipLow, 1 + config.ClipHigh) * advantages;
        Tensor loss = -minimum(unclipped, clipped);
        return config.DualClip is double bound ? where(advantages < 0, minimum(loss, -bound * advantages), loss) : loss;
    }

    /// <summary>CISPO clips the weight of the gradient instead of the gradient.</summary>
    private static Tensor ClippedWeight(Tensor ratio, GrpoLossConfig config) => config.CispoAbsoluteMax is double absolute
        ? ratio.clamp(max: absolute)
        : ratio.clamp(1 - config.ClipLow, 1 + config.ClipHigh);

    private static Tensor Sapo(Tensor ratio, Tensor advantages)
    {
        Tensor tau = where(advantages > 0, full_like(advantages, SapoTauPositive), full_like(advantages, SapoTauNegative));
        return -(4 / tau) * (tau * (ratio - 1)).sigmoid() * advantages;
    }
}
