using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>-ratio A, for a natural-gradient step, which is limited by a bound on the KL instead of a clip (TRPO, arXiv:1502.05477).</summary>
internal sealed class UnclippedSurrogate : ITokenObjective
{
    public Tensor Loss(Tensor ratio, Tensor logProbs, Tensor advantages) => -ratio * advantages;
}
