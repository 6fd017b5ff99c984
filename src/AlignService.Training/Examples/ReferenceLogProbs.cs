using AlignService.Model.Architecture;
using AlignService.Specs.Preferences;
using AlignService.Training.Batches;
using AlignService.Training.Policies;
using static TorchSharp.torch;

namespace AlignService.Training.Examples;

/// <summary>The reference's log-probs of preference pairs: computed once before training, because the weights change afterwards.</summary>
/// <param name="Name">In a checkpoint.</param>
/// <param name="Sums">[N, 2] float32: for each pair the summed log-probs of the chosen and of the rejected completion. Owned by the objective's trainer.</param>
public sealed record ReferenceLogProbs(string Name, Tensor Sums)
{
    /// <summary>Name of the log-probs of the training pairs.</summary>
    public const string Training = "reference.pairs";

    /// <summary>Name of the log-probs of the held-out pairs.</summary>
    public const string HeldOut = "reference.held_out";

    /// <param name="name">One of the two names.</param>
    /// <param name="reference">The frozen model, or the policy before its first step. Borrowed.</param>
    /// <param name="pairs">Any number.</param>
    /// <param name="microBatchSize">Rows of one forward pass; null is chosen from memory.</param>
    /// <param name="cancellationToken">Checked between passes.</param>
    public static ReferenceLogProbs Compute(string name, Transformer reference, IReadOnlyList<PreferencePair> pairs, int? microBatchSize, CancellationToken cancellationToken)
    {
        MicroBatchPlan plan = MicroBatchPlan.For(reference.Config, microBatchSize);
        double[][] rows = CompletionLogProbs.Read(reference, PreferencePair.Rows(pairs), temperature: 1, plan, cancellationToken).LogProbs;
        float[] sums = [.. Enumerable.Range(0, pairs.Count).SelectMany(pair => new[] { (float)rows[pair].Sum(), (float)rows[pairs.Count + pair].Sum() })];
        return new(name, tensor(sums, [pairs.Count, 2]).DetachFromDisposeScope());
    }

    /// <summary>Empty tensors for this many pairs, to be filled from a checkpoint.</summary>
    public static ReferenceLogProbs Allocate(string name, int pairCount) => new(name, zeros(pairCount, 2).DetachFromDisposeScope());
}
