
namespace AlignService.Specs.Sizing;

/// <summary>Bytes of one use of a model, by what holds them.</summary>
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

    /// <summary>Keys and values of the sequences that are sampled.</summary>
    public long KeyValueCache { get; init; }

    /// <summary>The program itself with libtorch.</summary>
    public long Runtime { get; init; }

    /// <summary>Sampling and updating take turns: of cache and activations the larger counts, while memory that is freed goes back.</summary>
    public long Total => Weights + SamplerWeights + ReferenceWeights + Gradients + OptimizerState + Math.Max(Activations, KeyValueCache) + Runtime;
}
