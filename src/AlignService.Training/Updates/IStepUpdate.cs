using AlignService.Specs.Guardian;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;
using AlignService.Training.Metrics;
using AlignService.Training.Optimization;

namespace AlignService.Training.Updates;

/// <summary>The fourth verb of a step: updates the weights.</summary>
internal interface IStepUpdate
{
    /// <summary>Number of last updates in a row whose gradient was not finite.</summary>
    int SkippedInARow { get; set; }

    /// <param name="batch">The step's rows.</param>
    /// <param name="step">From 1; keys the order of the rows.</param>
    /// <param name="klCoefficient">The current beta.</param>
    /// <param name="recorder">Receives the metrics, and a message for each skipped update.</param>
    /// <param name="cancellationToken">Checked between micro-batches.</param>
    void Run(TrainingBatch batch, int step, double klCoefficient, StepRecorder recorder, CancellationToken cancellationToken);
}

/// <summary>A non-finite gradient changes nothing; too many in a row end the run, if the guardian's rule says so.</summary>
internal static class SkippedUpdates
{
    /// <param name="inARow">Skipped updates just before this one.</param>
    /// <param name="update">This one.</param>
    /// <param name="step">Number of the step, for the message.</param>
    /// <param name="recorder">Receives a message if the update was skipped.</param>
    /// <param name="rule">How many are too many.</param>
    /// <returns>Skipped updates in a row, including this one.</returns>
    /// <exception cref="NonFiniteGradientException">There were too many.</exception>
    public static int Count(int inARow, OptimizerStep update, int step, StepRecorder recorder, GuardianRuleConfig rule)
    {
        if (!update.Skipped)
        {
            return 0;
        }

        inARow++;
        recorder.Messages.Add($"step {step}: the gradient is not finite (its norm is {update.GradientNorm}); the update was skipped");
        if (rule.Action == GuardianAction.Fail && inARow >= rule.Patience)
        {
            throw new NonFiniteGradientException(
                $"The gradient was not finite in {inARow} updates in a row, the last in step {step}; at most {rule.Patience - 1} are skipped. Checkpoints, if any, hold earlier weights. " +
                "Lower the learning rate or max_grad_norm, or check the rewards of these steps.");
        }

        return inARow;
    }
}

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
