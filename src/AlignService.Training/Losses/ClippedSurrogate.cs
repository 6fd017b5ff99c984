using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>PPO's clipped surrogate (arXiv:1707.06347, eq. 7): moving a token's probability beyond the clip range gains nothing.</summary>
/// <param name="clipLow">The ratio is clipped at 1 - clipLow.</param>
/// <param name="clipHigh">The ratio is clipped at 1 + clipHigh.</param>
/// <param name="ratioCap">Upper bound of the ratio in the unclipped branch (INTELLECT-2); null is off.</param>
/// <param name="dualClip">Bound c of the loss where the advantage is negative (arXiv:1912.09729); null is off.</param>
internal sealed class ClippedSurrogate(double clipLow, double clipHigh, double? ratioCap, double? dualClip) : ITokenObjective
{
    public Tensor Loss(Tensor ratio, Tensor logProbs, Tensor advantages)
    {
        Tensor unclipped = (ratioCap is double cap ? ratio.clamp(max: cap) : ratio) * advantages;
        Tensor clipped = ratio.clamp(1 - clipLow, 1 + clipHigh) * advantages;
        Tensor loss = -minimum(unclipped, clipped);
        return dualClip is double bound ? where(advantages < 0, minimum(loss, -bound * advantages), loss) : loss;
    }

    public (Tensor Low, Tensor High)? Clipped(Tensor ratio, Tensor advantages) =>
        ((ratio < 1 - clipLow) & (advantages < 0), (ratio > 1 + clipHigh) & (advantages > 0));
}
