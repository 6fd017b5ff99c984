using AlignService.Specs.PolicyOptimization;

namespace AlignService.Specs.Settings;

/// <summary>Numbers of training on fixed examples: supervised, preference and reward-model training alike.</summary>
public sealed record FittingConfig
{
    /// <summary>Passes over the examples, where <see cref="StepCount"/> is null; 1 or more.</summary>
    public int EpochCount { get; init; } = 1;

    /// <summary>Optimiser steps; 1 or more. Null goes by <see cref="EpochCount"/>.</summary>
    public int? StepCount { get; init; }

    /// <summary>Examples, or pairs, of one optimiser step; 1 or more. One step of each epoch takes what is left.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Largest number of examples in one forward pass; null is chosen from memory. Any value gives the same gradient, but for an adapter's dropout.</summary>
    public int? MicroBatchSize { get; init; }

    /// <summary>Whether a batch takes examples of like length, so that little is padding.</summary>
    public bool GroupByLength { get; init; } = true;

    /// <summary>Tokens of the longest sequence that is trained on; null is the model's context.</summary>
    public int? MaxLength { get; init; }

    /// <summary>What happens to examples that are longer.</summary>
    public OverlongPrompts OverlongExamples { get; init; } = OverlongPrompts.Refuse;

    public OptimizerConfig Optimizer { get; init; } = new() { LearningRate = 1e-5 };

    /// <summary>Train a low-rank adapter of a language model; null trains all weights.</summary>
    public PolicyAdapterConfig? Adapter { get; init; }

    public MemoryConfig Memory { get; init; } = new();

    /// <summary>Key of the order of the examples, and of a new head's values.</summary>
    public ulong Seed { get; init; }
}
