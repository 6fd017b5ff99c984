using AlignService.Model.Architecture;
using AlignService.Specs.Preferences;
using AlignService.Training.Policies;
using static TorchSharp.torch;

namespace AlignService.Training.Preferences;

/// <summary>What the reference says of preference pairs: computed once before training, for the weights that were then are gone afterwards.</summary>
internal static class ReferenceLogProbs
{
    /// <summary>[N, 2] float32: for each pair the summed log-probs of the chosen and of the rejected completion. The caller's.</summary>
    public static Tensor Compute(Transformer reference, IReadOnlyList<PreferencePair> pairs, int? microBatchSize, CancellationToken cancellationToken)
    {
        MicroBatchPlan plan = MicroBatchPlan.For(reference.Config, microBatchSize);
        double[][] rows = CompletionLogProbs.Read(reference, PreferencePair.Rows(pairs), temperature: 1, plan, cancellationToken).LogProbs;
        float[] sums = [.. Enumerable.Range(0, pairs.Count).SelectMany(pair => new[] { (float)rows[pair].Sum(), (float)rows[pairs.Count + pair].Sum() })];
        return tensor(sums, [pairs.Count, 2]).DetachFromDisposeScope();
    }

    /// <summary>Room for those of as many pairs, to be read from a checkpoint. The caller's.</summary>
    public static Tensor Allocate(int pairCount) => zeros(pairCount, 2).DetachFromDisposeScope();
}
