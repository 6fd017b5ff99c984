using AlignService.Training.Guardian;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Trainers;

/// <summary>What policy optimisation needs besides weights and moments to go on as if it had never stopped; trainer_state.json.</summary>
internal sealed record GrpoTrainerState
{
    public int CompletedSteps { get; init; }

    /// <summary>Optimiser steps, skipped ones left out.</summary>
    public int OptimizerSteps { get; init; }

    /// <summary>Of the critic's own optimiser.</summary>
    public int CriticOptimizerSteps { get; init; }

    /// <summary>Prompts taken so far.</summary>
    public long PromptPosition { get; init; }

    /// <summary>Beta of the next step.</summary>
    public double KlCoefficient { get; init; }

    /// <summary>Updates in a row, up to now, whose gradient was not finite.</summary>
    public int SkippedInARow { get; init; }

    /// <summary>Training passes begun, which key the masks of an adapter's dropout.</summary>
    public long DropoutPasses { get; init; }

    /// <summary>What the guardian remembers.</summary>
    public IReadOnlyDictionary<string, RuleState> Guardian { get; init; } = new Dictionary<string, RuleState>();

    /// <summary>The tensor file holds the weights themselves, because the model's files rounded them.</summary>
    public bool HoldsWeights { get; init; }

    /// <summary>The tensor file holds the reference model, because it is no longer the start model.</summary>
    public bool HoldsReference { get; init; }

    /// <summary>Groups that dynamic sampling has left over.</summary>
    public IReadOnlyList<RolloutGroup> Waiting { get; init; } = [];
}
