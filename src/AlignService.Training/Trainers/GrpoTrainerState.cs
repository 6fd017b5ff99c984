using AlignService.Training.Guardian;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Trainers;

/// <summary>What policy optimization needs besides weights and moments to continue as if never interrupted; trainer_state.json.</summary>
internal sealed record GrpoTrainerState
{
    public int CompletedSteps { get; init; }

    /// <summary>Optimizer steps, skipped ones left out.</summary>
    public int OptimizerSteps { get; init; }

    /// <summary>Of the critic's own optimizer.</summary>
    public int CriticOptimizerSteps { get; init; }

    /// <summary>Prompts taken so far.</summary>
    public long PromptPosition { get; init; }

    /// <summary>Beta of the next step.</summary>
    public double KlCoefficient { get; init; }

    /// <summary>Number of last updates in a row whose gradient was not finite.</summary>
    public int SkippedInARow { get; init; }

    /// <summary>Training passes started, which key the masks of an adapter's dropout.</summary>
    public long DropoutPasses { get; init; }

    /// <summary>What the guardian remembers.</summary>
    public IReadOnlyDictionary<string, RuleState> Guardian { get; init; } = new Dictionary<string, RuleState>();

    /// <summary>The tensor file holds the weights themselves, because the model's files rounded them.</summary>
    public bool HoldsWeights { get; init; }

    /// <summary>The tensor file holds the reference model, because it is no longer the start model.</summary>
    public bool HoldsReference { get; init; }

    /// <summary>Groups left over from dynamic sampling.</summary>
    public IReadOnlyList<RolloutGroup> Waiting { get; init; } = [];
}
