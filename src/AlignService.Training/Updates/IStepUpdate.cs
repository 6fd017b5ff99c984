using AlignService.Training.Metrics;

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
