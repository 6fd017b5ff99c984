using AlignService.Specs.Guardian;
using AlignService.Training.Metrics;
using AlignService.Training.Optimization;

namespace AlignService.Training.Updates;

/// <summary>The fourth verb of a step: moves the weights.</summary>
internal interface IStepUpdate
{
    /// <summary>Updates in a row, up to now, whose gradient was not finite.</summary>
    int SkippedInARow { get; set; }

    /// <param name="batch">The step's rows.</param>
    /// <param name="step">From 1; keys the order of the rows.</param>
    /// <param name="klCoefficient">The current beta.</param>
    /// <param name="recorder">Takes the metrics, and a message for each update that was not made.</param>
    /// <param name="cancellationToken">Looked at between two micro-batches.</param>
    void Run(TrainingBatch batch, int step, double klCoefficient, StepRecorder recorder, CancellationToken cancellationToken);
}

/// <summary>A gradient that is not finite moves nothing; too many in a row end the run, where the guardian's rule says so.</summary>
internal static class SkippedUpdates
{
    /// <param name="inARow">Skipped updates just before this one.</param>
    /// <param name="update">This one.</param>
    /// <param name="step">The run's, for the message.</param>
    /// <param name="recorder">Takes a message where the update was skipped.</param>
    /// <param name="rule">How many are too many.</param>
    /// <returns>Skipped updates in a row, this one counted.</returns>
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
                $"The gradient was not finite in {inARow} updates in a row, the last in step {step}; at most {rule.Patience - 1} are skipped. Checkpoints, where there are any, hold weights from before. " +
                "Lower the learning rate or max_grad_norm, or look at the rewards of these steps.");
        }

        return inARow;
    }
}
