using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>CISPO (arXiv:2506.13585): the weight of a token's gradient is clipped instead of the gradient, so no token is left out.</summary>
/// <param name="clipLow">The weight is clipped at 1 - clipLow.</param>
/// <param name="clipHigh">The weight is clipped at 1 + clipHigh.</param>
/// <param name="absoluteMax">An upper bound instead of both; null is off.</param>
internal sealed class Cispo(double clipLow, double clipHigh, double? absoluteMax) : ITokenObjective
{
    public Tensor Loss(Tensor ratio, Tensor logProbs, Tensor advantages)
    {
        Tensor weight = absoluteMax is double max ? ratio.clamp(max: max) : ratio.clamp(1 - clipLow, 1 + clipHigh);
        return -weight.detach() * advantages * logProbs;
    }

    public (Tensor Low, Tensor High)? Clipped(Tensor ratio, Tensor advantages) => absoluteMax is double max
        ? (zeros_like(advantages < 0), (ratio > max) & (advantages > 0))
        : ((ratio < 1 - clipLow) & (advantages < 0), (ratio > 1 + clipHigh) & (advantages > 0));
}
