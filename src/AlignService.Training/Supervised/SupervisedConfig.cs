using AlignService.Training.Optimization;

namespace AlignService.Training.Supervised;

/// <summary>Numbers of a run of supervised fine-tuning.</summary>
public sealed record SupervisedConfig
{
    /// <summary>Passes over the examples; 1 or more.</summary>
    public int EpochCount { get; init; } = 1;

    /// <summary>Examples of one optimiser step; 1 or more.</summary>
    public int MinibatchSize { get; init; } = 32;

    /// <summary>Examples of one forward pass; 1 or more. Any value gives the same gradient.</summary>
    public int MicroBatchSize { get; init; } = 32;

    public OptimizerConfig Optimizer { get; init; } = new() { LearningRate = 1e-5 };

    /// <summary>Key of the order of the examples.</summary>
    public ulong Seed { get; init; }
}
