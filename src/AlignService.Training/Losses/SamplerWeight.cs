using AlignService.Specs.PolicyOptimization;
using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>Weight of a token's policy loss where it was sampled by a different engine than the trainer. Carries no gradient.</summary>
internal static class SamplerWeight
{
    /// <param name="correction">Which weight; not <see cref="SamplerCorrection.Off"/>.</param>
    /// <param name="oldLogProbs">[B, T] by the trainer, 0 where the mask is 0.</param>
    /// <param name="samplerLogProbs">[B, T] by the sampler, 0 where the mask is 0.</param>
    /// <param name="cap">Bound C.</param>
    /// <returns>[B, T], or [B, 1] for the whole row.</returns>
    public static Tensor Compute(SamplerCorrection correction, Tensor oldLogProbs, Tensor samplerLogProbs, double cap)
    {
        Tensor difference = (oldLogProbs - samplerLogProbs).detach();
        return correction switch
        {
            SamplerCorrection.Truncate => Exp(difference).clamp(max: cap),
            SamplerCorrection.Mask => KeepBetween(Exp(difference), 1 / cap, cap),
            SamplerCorrection.SequenceMask => KeepBetween(Exp(difference.sum(1, keepdim: true)), 0, cap),
            _ => throw new ArgumentOutOfRangeException(nameof(correction), correction, null),
        };
    }

    private static Tensor Exp(Tensor logWeight) => logWeight.clamp(-ProbabilityRatio.LogBound, ProbabilityRatio.LogBound).exp();

    private static Tensor KeepBetween(Tensor weight, double low, double high) => where((weight >= low) & (weight <= high), weight, zeros_like(weight));
}
