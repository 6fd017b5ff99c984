
namespace AlignService.Specs.Sizing;

/// <summary>Bytes needed for one use of a model, by purpose.</summary>
public sealed record MemoryNeed
{
    /// <summary>The parameters in float32.</summary>
    public required long Weights { get; init; }

    /// <summary>The sampler's packed copy of the parameters.</summary>
    public long SamplerWeights { get; init; }

    /// <summary>The frozen start weights, for the KL term.</summary>
    public long ReferenceWeights { get; init; }

    public long Gradients { get; init; }

    /// <summary>AdamW's two moments.</summary>
    public long OptimizerState { get; init; }

    /// <summary>What autograd keeps of one micro-batch, and the logits of one chunk.</summary>
    public long Activations { get; init; }

    /// <summary>Keys and values of the sampled sequences.</summary>
    public long KeyValueCache { get; init; }

    /// <summary>The program itself with libtorch.</summary>
    public long Runtime { get; init; }

    /// <summary>Sampling and updating alternate and free their memory, so only the larger of cache and activations counts.</summary>
    public long Total => Weights + SamplerWeights + ReferenceWeights + Gradients + OptimizerState + Math.Max(Activations, KeyValueCache) + Runtime;
}
