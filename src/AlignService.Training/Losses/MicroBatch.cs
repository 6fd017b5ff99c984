using static TorchSharp.torch;

namespace AlignService.Training.Losses;

/// <summary>Inputs of the loss of some rows of a minibatch, besides the policy's log-probs. Tensors are borrowed.</summary>
internal sealed record MicroBatch
{
    /// <summary>[B, T] bool; true is a completion token that the loss reads. Other values have no effect.</summary>
    public required Tensor Mask { get; init; }

    /// <summary>[B, 1], or [B, T] with process rewards or a critic.</summary>
    public required Tensor Advantages { get; init; }

    /// <summary>[B, T] log-probs under the weights that sampled, as the trainer computes them; null is on-policy: the policy's own.</summary>
    public Tensor? OldLogProbs { get; init; }

    /// <summary>[B, T] log-probs under the reference model; null where there is none.</summary>
    public Tensor? ReferenceLogProbs { get; init; }

    /// <summary>[B, T] log-probs that the sampler reported; null where they are not compared.</summary>
    public Tensor? SamplerLogProbs { get; init; }
}
