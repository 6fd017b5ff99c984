using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>What is minimized for each token, before KL and entropy (algorithms.md, section 3).</summary>
internal interface ITokenObjective
{
    /// <param name="ratio">pi / pi_old, [B, T] or [B, 1].</param>
    /// <param name="logProbs">[B, T].</param>
    /// <param name="advantages">[B, T] or [B, 1].</param>
    /// <returns>[B, T], or [B, 1] if it does not depend on the token.</returns>
    Tensor Loss(Tensor ratio, Tensor logProbs, Tensor advantages);

    /// <summary>Which ratios are clipped, at the lower and at the upper bound; null where the objective does not clip.</summary>
    (Tensor Low, Tensor High)? Clipped(Tensor ratio, Tensor advantages) => null;
}
