using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>Negative log-likelihood that the chosen of two completions is preferred, given their scores (arXiv:2203.02155, eq. 1).</summary>
public static class BradleyTerryLoss
{
    /// <param name="chosen">[N] scores; carries gradient.</param>
    /// <param name="rejected">[N] scores; carries gradient.</param>
    /// <param name="margin">[N], by how much the chosen should lead; null is 0.</param>
    /// <param name="pairCount">Pairs of the whole minibatch.</param>
    /// <returns>This micro-batch's share of the mean of -log sigmoid(chosen - rejected - margin).</returns>
    public static Tensor Compute(Tensor chosen, Tensor rejected, Tensor? margin, int pairCount)
    {
        Tensor lead = margin is null ? chosen - rejected : chosen - rejected - margin;
        return -nn.functional.logsigmoid(lead).sum() / Math.Max(1, pairCount);
    }

    /// <summary>Pairs whose chosen completion has the higher score, margins ignored.</summary>
    public static Tensor CountCorrect(Tensor chosen, Tensor rejected) => (chosen > rejected).sum();
}
