namespace AlignService.Training.Examples;

/// <summary>What training on fixed examples needs besides weights and moments to go on as if it had never stopped; trainer_state.json.</summary>
internal sealed record ExampleTrainerState
{
    /// <summary>Also the place in the data: the order follows from the seed.</summary>
    public int CompletedSteps { get; init; }

    /// <summary>Optimiser steps, skipped ones left out.</summary>
    public int OptimizerSteps { get; init; }

    /// <summary>Updates in a row, up to now, whose gradient was not finite.</summary>
    public int SkippedInARow { get; init; }

    /// <summary>Training passes begun, where an adapter drops inputs.</summary>
    public long DropoutPasses { get; init; }

    /// <summary>The tensor file holds the weights themselves, because the model's files rounded them.</summary>
    public bool HoldsWeights { get; init; }
}
