using AlignService.Specs.Settings;
using AlignService.Training.Optimization;

namespace AlignService.Training.Critics;

/// <summary>An optimiser of the critic's own, with the policy's schedule at another rate. Borrows the optimiser.</summary>
/// <param name="AdamW">Over the critic's parameters.</param>
/// <param name="Config">With the critic's learning rate.</param>
/// <param name="TotalSteps">Optimiser steps of the whole run.</param>
internal sealed record CriticOptimizer(AdamW AdamW, OptimizerConfig Config, int TotalSteps)
{
    public OptimizerStep Step() => AdamW.Step(LearningRates.At(Config, AdamW.StepCount, TotalSteps));
}
