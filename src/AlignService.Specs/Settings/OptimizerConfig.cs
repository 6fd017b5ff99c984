
namespace AlignService.Specs.Settings;

/// <summary>AdamW with warm-up, schedule and clipping by the global norm (arXiv:1711.05101).</summary>
public sealed record OptimizerConfig
{
    /// <summary>Peak learning rate of an adapter where none is given.</summary>
    public const double AdapterLearningRate = 1e-5;

    /// <summary>Peak learning rate; above 0.</summary>
    public double LearningRate { get; init; } = 1e-6;

    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Constant;

    /// <summary>Optimiser steps from rate 0 to <see cref="LearningRate"/>; the first has rate 0.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>Decay of the first moment; in [0, 1).</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment; in [0, 1).</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the second moment; above 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay; 0 or more.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Largest global norm of the gradient; above 0.</summary>
    public double MaxGradNorm { get; init; } = 1.0;
}
