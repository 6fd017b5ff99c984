using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;

namespace AlignService.Training.Fitting;

/// <summary>Training on fixed examples with everything loaded: trains, evaluates, and writes checkpoints. One thread at a time. Owns model and trainer.</summary>
public sealed class FittingRun : IDisposable
{
    private readonly IFittedModel _model;
    private readonly FittingTrainer _trainer;
    private readonly string _modelDirectory;

    /// <param name="model">That the trainer trains.</param>
    /// <param name="trainer">Before its first step.</param>
    /// <param name="modelDirectory">What training begins with.</param>
    /// <param name="messages">What a user should know about model and data.</param>
    internal FittingRun(IFittedModel model, FittingTrainer trainer, string modelDirectory, IReadOnlyList<string> messages) =>
        (_model, _trainer, _modelDirectory, Messages) = (model, trainer, modelDirectory, messages);

    public int TotalSteps => _trainer.TotalSteps;

    public int CompletedSteps => _trainer.CompletedSteps;

    /// <summary>What a user should know about the model and the data that were loaded.</summary>
    public IReadOnlyList<string> Messages { get; }

    /// <summary>One optimiser step on the next batch.</summary>
    public FittingReport RunStep(CancellationToken cancellationToken) => _trainer.RunStep(cancellationToken);

    /// <summary>How the weights of now do on the held-out examples; null where there are none.</summary>
    public FittingEvaluation? Evaluate(CancellationToken cancellationToken) => _trainer.Evaluate(cancellationToken);

    /// <summary>Writes the model in Hugging Face form and the trainer's state into a directory that holds no checkpoint yet.</summary>
    /// <returns>What the number format of the weights lost.</returns>
    public RoundingReport SaveCheckpoint(string directory, SaveDtype dtype) => FittingCheckpoint.Save(_trainer, _model, _modelDirectory, directory, dtype);

    public void Dispose()
    {
        _trainer.Dispose();
        _model.Dispose();
    }

    /// <summary>Where it was, if it was interrupted.</summary>
    internal FittingRun From(string? checkpointDirectory)
    {
        if (checkpointDirectory is not null)
        {
            FittingCheckpoint.Restore(_trainer, _model, checkpointDirectory);
        }

        return this;
    }
}
