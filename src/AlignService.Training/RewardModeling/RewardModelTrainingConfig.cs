using AlignService.Training.Optimization;

namespace AlignService.Training.RewardModeling;

/// <summary>Numbers of a run of Bradley-Terry training.</summary>
public sealed record RewardModelTrainingConfig
{
    /// <summary>Passes over the pairs; 1 or more. Reward models overfit early: one is usual.</summary>
    public int EpochCount { get; init; } = 1;

    /// <summary>Pairs of one optimiser step; 1 or more.</summary>
    public int MinibatchSize { get; init; } = 32;

    /// <summary>Pairs of one forward pass; 1 or more. Any value gives the same gradient.</summary>
    public int MicroBatchSize { get; init; } = 32;

    public OptimizerConfig Optimizer { get; init; } = new() { LearningRate = 1e-5 };

    /// <summary>Key of the order of the pairs.</summary>
    public ulong Seed { get; init; }
}
