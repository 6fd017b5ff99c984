using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>REINFORCE: -A log pi, on-policy.</summary>
internal sealed class Reinforce : ITokenObjective
{
    public Tensor Loss(Tensor ratio, Tensor logProbs, Tensor advantages) => -advantages * logProbs;
}
