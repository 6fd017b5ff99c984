using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>Direct preference optimization with the sigmoid loss (arXiv:2305.18290).</summary>
/// <param name="PerPair">[N] -(1 - s) log sigmoid(z) - s log sigmoid(-z); carries gradient.</param>
/// <param name="ChosenRewards">[N] implicit rewards beta * (log-prob - reference); no gradient.</param>
/// <param name="RejectedRewards">[N] likewise.</param>
internal sealed record DirectPreferenceLoss(Tensor PerPair, Tensor ChosenRewards, Tensor RejectedRewards)
{
    /// <summary>These pairs' share of the mean over a minibatch.</summary>
    /// <param name="pairCount">Pairs of the whole minibatch.</param>
    public Tensor Share(int pairCount) => PerPair.sum() / Math.Max(1, pairCount);

    /// <param name="logProbs">Sums over completion tokens under policy and reference.</param>
    /// <param name="beta">How strongly the policy is kept near the reference.</param>
    /// <param name="labelSmoothing">Share s of pairs assumed to be mislabeled.</param>
    public static DirectPreferenceLoss Compute(PreferenceLogProbs logProbs, double beta, double labelSmoothing)
    {
        using var scope = NewDisposeScope();
        Tensor chosen = beta * (logProbs.Chosen - logProbs.ReferenceChosen);
        Tensor rejected = beta * (logProbs.Rejected - logProbs.ReferenceRejected);
        Tensor lead = chosen - rejected;
        Tensor loss = -(1 - labelSmoothing) * nn.functional.logsigmoid(lead) - labelSmoothing * nn.functional.logsigmoid(-lead);
        return new(loss.MoveToOuterDisposeScope(), chosen.detach().MoveToOuterDisposeScope(), rejected.detach().MoveToOuterDisposeScope());
    }
}

/// <summary>Summed log-probs of both completions of preference pairs, [N] each, in nats.</summary>
internal sealed record PreferenceLogProbs(Tensor Chosen, Tensor Rejected, Tensor ReferenceChosen, Tensor ReferenceRejected);
