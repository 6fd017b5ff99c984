using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>What is minimised of each token, before KL and entropy (algorithms.md, section 3).</summary>
internal interface ITokenObjective
{
    /// <param name="ratio">pi / pi_old, [B, T] or [B, 1].</param>
    /// <param name="logProbs">[B, T].</param>
    /// <param name="advantages">[B, T] or [B, 1].</param>
    /// <returns>[B, T], or [B, 1] where nothing in it depends on the token.</returns>
    Tensor Loss(Tensor ratio, Tensor logProbs, Tensor advantages);

    /// <summary>Which ratios the clip holds, at its lower and at its upper bound; null where the objective does not clip.</summary>
    (Tensor Low, Tensor High)? Clipped(Tensor ratio, Tensor advantages) => null;
}
