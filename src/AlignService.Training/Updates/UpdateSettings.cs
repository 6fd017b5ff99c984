using AlignService.Specs.Guardian;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;

namespace AlignService.Training.Updates;

/// <summary>How a step's rollouts are turned into optimizer steps.</summary>
internal sealed record UpdateSettings
{
    /// <summary>Passes over a step's rollouts.</summary>
    public required int EpochCount { get; init; }

    /// <summary>Optimizer steps per epoch.</summary>
    public required int MinibatchCount { get; init; }

    /// <summary>Optimizer steps of the whole run, for the learning rate's schedule.</summary>
    public required int TotalOptimizerSteps { get; init; }

    /// <summary>The epoch loop ends when the mean KL to the old policy passes this, in nats; null is off.</summary>
    public double? KlStop { get; init; }

    /// <summary>The objective; its KL coefficient is each step's own.</summary>
    public required GrpoLossConfig Loss { get; init; }

    public required OptimizerConfig Optimizer { get; init; }

    /// <summary>How many gradients in a row may be non-finite.</summary>
    public required GuardianRuleConfig NonFinite { get; init; }

    /// <summary>Seed of the run; keys the order of the rows.</summary>
    public required ulong Seed { get; init; }

    public static UpdateSettings Of(GrpoConfig config) => new()
    {
        EpochCount = config.EpochCount,
        MinibatchCount = config.MinibatchCount,
        TotalOptimizerSteps = (config.StepCount - (config.Critic?.WarmupSteps ?? 0)) * config.EpochCount * config.MinibatchCount,
        KlStop = config.KlStop,
        Loss = config.Loss,
        Optimizer = config.Optimizer,
        NonFinite = config.Guardian.NonFinite,
        Seed = config.Seed,
    };
}
