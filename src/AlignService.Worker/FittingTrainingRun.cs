using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Specs.Settings;
using AlignService.Training.Fitting;

namespace AlignService.Worker;

/// <summary>The training of a job on fixed examples: supervised, preference or reward-model.</summary>
/// <param name="load">Loads the run, from a checkpoint where one is given.</param>
/// <param name="saveDtype">Number format of the weights in checkpoints.</param>
internal sealed class FittingTrainingRun(Func<string?, CancellationToken, FittingRun> load, SaveDtype saveDtype) : ITrainingRun
{
    private readonly List<LogMessage> _pending = [];
    private FittingRun? _run;

    public int TotalSteps => _run?.TotalSteps ?? 0;

    public int CompletedSteps => _run?.CompletedSteps ?? 0;

    public void Prepare(string? checkpointDirectory, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _run = load(checkpointDirectory, cancellationToken);
        if (checkpointDirectory is null)
        {
            _pending.AddRange(_run.Messages.Select(RunMessages.Warning));
        }
    }

    public RunReport? Evaluate(CancellationToken cancellationToken) =>
        Run.Evaluate(cancellationToken) is FittingEvaluation report ? new RunReport { Metrics = report.Metrics, Score = report.Score } : null;

    public RunReport RunStep(CancellationToken cancellationToken)
    {
        FittingReport report = Run.RunStep(cancellationToken);
        LogMessage[] messages = [.. _pending, .. report.Messages.Select(RunMessages.Warning)];
        _pending.Clear();
        return new RunReport { Metrics = report.Metrics, Messages = messages };
    }

    public IReadOnlyList<LogMessage> SaveCheckpoint(string directory) => RunMessages.Of(Run.SaveCheckpoint(directory, saveDtype));

    public void Dispose() => _run?.Dispose();

    private FittingRun Run => _run ?? throw new InvalidOperationException("Prepare comes first.");
}
