using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Specs.JobKinds;
using AlignService.Training.Evaluation;
using AlignService.Training.Grpo;

namespace AlignService.Worker;

/// <summary>A GRPO job's training.</summary>
/// <param name="job">What is trained, and how.</param>
/// <param name="setup">The same as the trainer takes it; asked when models are loaded, for it looks up directories.</param>
public sealed class GrpoTrainingRun(GrpoJob job, Func<GrpoRunSetup> setup) : ITrainingRun
{
    private const int ShownCompletions = 4;
    private const int ShownAnswers = 8;

    private readonly List<LogMessage> _pending = [];
    private GrpoRun? _run;

    public int TotalSteps => job.Config.StepCount;

    public int CompletedSteps => _run?.CompletedSteps ?? 0;

    public void Prepare(string? checkpointDirectory, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _run = GrpoRun.Load(setup(), checkpointDirectory);
        if (checkpointDirectory is null)
        {
            _pending.AddRange(_run.Messages.Select(RunMessages.Warning));
        }
    }

    public RunReport? Evaluate(CancellationToken cancellationToken)
    {
        if (Run.Evaluate(cancellationToken) is not EvaluationReport report)
        {
            return null;
        }

        string[] sources = [.. job.Rewards.Select(reward => reward.Name)];
        return new RunReport
        {
            Metrics = report.Metrics,
            Samples = [.. report.Rollouts.Zip(report.Rewards, (rollout, reward) => RunSample.Of(rollout, reward, sources)).Take(ShownAnswers)],
            Messages = [.. report.Messages.Select(RunMessages.Warning)],
            Score = report.Score,
        };
    }

    public RunReport RunStep(CancellationToken cancellationToken)
    {
        StepReport report = Run.RunStep(cancellationToken);
        string[] sources = [.. job.Rewards.Select(reward => reward.Name)];

        // One completion of each of the first groups shows more than one whole group.
        IEnumerable<GradedRollout> shown = report.Rollouts.Where((_, row) => row % job.Config.GroupSize == 0).Take(ShownCompletions);
        LogMessage[] messages = [.. _pending, .. report.Messages.Select(RunMessages.Warning)];
        _pending.Clear();
        return new RunReport
        {
            Metrics = report.Metrics,
            Samples = [.. shown.Select(row => RunSample.Of(row.Rollout, row.Reward, sources))],
            Messages = messages,
            Findings = report.Findings,
            IsSuspect = report.IsSuspect,
        };
    }

    public IReadOnlyList<LogMessage> SaveCheckpoint(string directory) => RunMessages.Of(Run.SaveCheckpoint(directory, job.Checkpoint.SaveDtype));

    public void Dispose() => _run?.Dispose();

    private GrpoRun Run => _run ?? throw new InvalidOperationException("Prepare comes first.");
}
