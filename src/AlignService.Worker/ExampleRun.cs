using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Settings;
using AlignService.Training.Checkpoints;
using AlignService.Training.Examples;

namespace AlignService.Worker;

/// <summary>Training on examples, for supervised, preference and reward-model jobs.</summary>
public sealed class ExampleRun : ITrainingRun
{
    private readonly Func<bool, CancellationToken, LoadedExamples> _load;
    private readonly SaveDtype _saveDtype;
    private readonly RunEnvironment _environment;
    private readonly List<LogMessage> _pending = [];
    private LoadedExamples? _loaded;

    private ExampleRun(JobKind job, RunEnvironment environment) => (_load, _saveDtype, _environment) = (ExampleLoading.Of(job, environment), job.Checkpoint.SaveDtype, environment);

    public int TotalSteps => _loaded?.Trainer.TotalSteps ?? 0;

    public int CompletedSteps => _loaded?.Trainer.CompletedSteps ?? 0;

    public bool IsBetweenSteps => Trainer.IsBetweenSteps;

    internal ExampleTrainer Trainer => Loaded.Trainer;

    private LoadedExamples Loaded => _loaded ?? throw new InvalidOperationException("Prepare must be called first.");

    /// <exception cref="UnknownJobKindException">The job was created by a program that supports more kinds.</exception>
    public static ExampleRun Of(JobKind job, RunEnvironment environment) => new(job, environment);

    public void Prepare(string? checkpointDirectory, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _loaded = _load(checkpointDirectory is not null, cancellationToken);
        _pending.AddRange(_environment.ModelWarnings().Select(RunMessages.Warning));
        if (checkpointDirectory is not null)
        {
            _loaded.Trainer.Restore(checkpointDirectory);
        }
        else
        {
            _pending.AddRange(_loaded.Messages);
        }
    }

    public RunReport? Evaluate(CancellationToken cancellationToken) =>
        Trainer.Evaluate(cancellationToken) is ExampleEvaluation report ? new RunReport { Metrics = report.Metrics, Score = report.Score } : null;

    public RunReport RunStep(CancellationToken cancellationToken)
    {
        ExampleStepReport report = Trainer.RunStep(cancellationToken);
        LogMessage[] messages = [.. _pending, .. report.Messages.Select(RunMessages.Warning)];
        _pending.Clear();
        return new RunReport { Metrics = report.Metrics, Messages = messages };
    }

    public IReadOnlyList<LogMessage> SaveCheckpoint(string directory) => RunMessages.Of(Save(directory, _saveDtype));

    public void Dispose()
    {
        _loaded?.Trainer.Dispose();
        _loaded?.Model.Dispose();
    }

    internal RoundingReport Save(string directory, SaveDtype dtype) => Loaded.Trainer.Save(directory, Loaded.StartDirectory, dtype);
}
