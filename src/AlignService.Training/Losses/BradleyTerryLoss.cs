using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>Negative log-likelihood that the chosen of two completions is preferred, given their scores (arXiv:2203.02155, eq. 1).</summary>
/// <param name="PerPair">[N] -log sigmoid(chosen - rejected - margin); carries gradient.</param>
/// <param name="Correct">[N] bool: the chosen completion has the higher score, margins ignored.</param>
internal sealed record BradleyTerryLoss(Tensor PerPair, Tensor Correct)
{
    /// <param name="chosen">[N] scores; carries gradient.</param>
    /// <param name="rejected">[N] scores; carries gradient.</param>
    /// <param name="margin">[N], by how much the chosen score should lead; null is 0.</param>
    public static BradleyTerryLoss Compute(Tensor chosen, Tensor rejected, Tensor? margin)
    {
        using var scope = NewDisposeScope();
        Tensor lead = margin is null ? chosen - rejected : chosen - rejected - margin;
        return new((-nn.functional.logsigmoid(lead)).MoveToOuterDisposeScope(), (chosen > rejected).MoveToOuterDisposeScope());
    }

    /// <summary>These pairs' share of the mean over a minibatch.</summary>
    /// <param name="pairCount">Pairs of the whole minibatch.</param>
    public Tensor Share(int pairCount) => PerPair.sum() / Math.Max(1, pairCount);
}
