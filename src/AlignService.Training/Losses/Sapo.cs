using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>SAPO: a smooth gate in place of the clip, -(4 / tau) sigmoid(tau (ratio - 1)) A, a little sharper where the advantage is not positive.</summary>
internal sealed class Sapo : ITokenObjective
{
    private const double TauPositive = 1.0;
    private const double TauNegative = 1.05;

    public Tensor Loss(Tensor ratio, Tensor logProbs, Tensor advantages)
    {
        Tensor tau = where(advantages > 0, full_like(advantages, TauPositive), full_like(advantages, TauNegative));
        return -(4 / tau) * (tau * (ratio - 1)).sigmoid() * advantages;
    }
}
