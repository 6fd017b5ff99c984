namespace AlignService.Training.Examples;

/// <summary>What training on fixed examples needs besides weights and moments to continue as if never interrupted; trainer_state.json.</summary>
internal sealed record ExampleTrainerState
{
    /// <summary>Also the position in the data: the order follows from the seed.</summary>
    public int CompletedSteps { get; init; }

    /// <summary>Optimizer steps, skipped ones left out.</summary>
    public int OptimizerSteps { get; init; }

    /// <summary>Number of last updates in a row whose gradient was not finite.</summary>
    public int SkippedInARow { get; init; }

    /// <summary>Training passes started, if an adapter uses dropout.</summary>
    public long DropoutPasses { get; init; }

    /// <summary>The tensor file holds the weights themselves, because the model's files rounded them.</summary>
    public bool HoldsWeights { get; init; }
}
