using AlignService.Model.Architecture;
using AlignService.Specs.Settings;
using static TorchSharp.torch;

namespace AlignService.Training.Fitting;

/// <summary>What a trainer on fixed examples works with.</summary>
public sealed record FittingTrainerSetup
{
    /// <summary>Trainable, borrowed; a scalar head's parameters are among its own.</summary>
    public required Transformer Model { get; init; }

    public required IFittingObjective Objective { get; init; }

    /// <summary>The objective over held-out examples; null is no evaluation.</summary>
    public IFittingObjective? HeldOut { get; init; }

    /// <summary>Tensors of the objectives that a checkpoint keeps beside the optimiser's, by name. Owned by the trainer.</summary>
    public IReadOnlyDictionary<string, Tensor> State { get; init; } = new Dictionary<string, Tensor>();

    public required FittingConfig Config { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
