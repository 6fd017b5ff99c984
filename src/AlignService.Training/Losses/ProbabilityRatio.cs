using AlignService.Specs.PolicyOptimization;
using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>How much likelier the policy makes the sampled tokens: pi / pi_old.</summary>
internal static class ProbabilityRatio
{
    /// <summary>Bound of a log ratio before exp; beyond it the gradient stops.</summary>
    public const double LogBound = 20;

    /// <param name="logProbs">[B, T], 0 where the mask is 0.</param>
    /// <param name="oldLogProbs">[B, T], 0 where the mask is 0.</param>
    /// <param name="mask">[B, T] bool.</param>
    /// <param name="level">One ratio per token, or one per row.</param>
    /// <returns>[B, T], or [B, 1] for the whole row (GSPO: exp of the row's mean log ratio; 1 for a fully masked row).</returns>
    public static Tensor Compute(Tensor logProbs, Tensor oldLogProbs, Tensor mask, RatioLevel level)
    {
        using var scope = NewDisposeScope();
        Tensor logRatio = logProbs - oldLogProbs;
        Tensor exponent = level switch
        {
            RatioLevel.Token => logRatio,
            RatioLevel.Sequence => logRatio.sum(1, keepdim: true) / mask.sum(1, keepdim: true).clamp(min: 1),
            _ => throw new ArgumentOutOfRangeException(nameof(level), level, null),
        };
        return exponent.clamp(-LogBound, LogBound).exp().MoveToOuterDisposeScope();
    }
}
