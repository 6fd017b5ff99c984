using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>Mean cross-entropy over the completion tokens of a minibatch.</summary>
internal static class SupervisedLoss
{
    /// <param name="logProbs">[N] log-probs of completion tokens of one micro-batch; carries gradient.</param>
    /// <param name="tokenCount">Completion tokens of the whole minibatch; 0 counts as 1.</param>
    /// <returns>This micro-batch's share of the loss.</returns>
    public static Tensor Compute(Tensor logProbs, int tokenCount) => -logProbs.sum() / Math.Max(1, tokenCount);
}
