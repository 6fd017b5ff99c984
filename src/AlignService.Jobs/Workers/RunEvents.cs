using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;
using AlignService.Specs.Guardian;
using AlignService.Specs.Metrics;

namespace AlignService.Jobs.Workers;

/// <summary>
/// Events of a run's reports. Their keys depend only on the step and the number of rollbacks: a step that runs again after a lost worker creates the same ones,
/// one that runs again after a rollback creates others, because its numbers must differ.
/// </summary>
internal sealed class RunEvents(int rollbackCount)
{
    public const string EvaluationKey = "evaluation";

    private const string CheckpointKey = "checkpoint";

    public IReadOnlyList<JobEvent> OfStep(int step, RunReport report) => Of(step, report, key: "", isEvaluation: false);

    /// <summary>Separate from the step's own.</summary>
    public IReadOnlyList<JobEvent> OfEvaluation(int step, RunReport report) => Of(step, WithScore(report), EvaluationKey, isEvaluation: true);

    public JobEvent OfCheckpointTime(int step, TimeSpan duration) =>
        JobEvent.New(step, Key(CheckpointKey), new MetricPoints(new Dictionary<string, double> { [MetricNames.TimeCheckpoint] = duration.TotalSeconds }));

    public IEnumerable<JobEvent> OfCheckpoint(int step, IReadOnlyList<LogMessage> messages) =>
        messages.Select((message, index) => JobEvent.New(step, Key($"{CheckpointKey}/{index}"), message));

    /// <summary>Checkpoints that were passed over, each under its own step and directory: seen again, it is the same event.</summary>
    public IEnumerable<JobEvent> OfDamage(StartPoint start) => start.Damaged.Select(damaged => JobEvent.New(
        damaged.Checkpoint.Step,
        Key(Path.GetFileName(damaged.Checkpoint.Directory)),
        new CheckpointDamaged(damaged.Checkpoint.Step, damaged.Damage.File, damaged.Damage.Fault, start.Checkpoint?.Step ?? 0)));

    /// <summary>A message of a worker that could not write, each under its own number.</summary>
    public JobEvent OfStorage(int step, long token, int number, LogMessage message) => JobEvent.New(step, Key($"storage/{token}/{number}"), message);

    /// <summary>Why a worker paused the job, each under its own token.</summary>
    public JobEvent OfPause(int step, long token, LogMessage message) => JobEvent.New(step, Key($"pause/{token}"), message);

    /// <param name="step">The step that it was seen in.</param>
    /// <param name="finding">What was seen.</param>
    /// <param name="rollback">If the job rolls back: to which step, and with which share of the learning rate.</param>
    public JobEvent OfFinding(int step, GuardianFinding finding, (int ToStep, double LearningRateFactor)? rollback) =>
        JobEvent.New(step, Key($"{finding.Rule}/{finding.Subject}"), new GuardianReport(finding, rollback?.ToStep, rollback?.LearningRateFactor));

    private static RunReport WithScore(RunReport report) =>
        report.Score is { } score ? report with { Metrics = new Dictionary<string, double>(report.Metrics) { [MetricNames.EvalScore] = score } } : report;

    private List<JobEvent> Of(int step, RunReport report, string key, bool isEvaluation)
    {
        var events = new List<JobEvent>();
        if (report.Metrics.Count > 0)
        {
            events.Add(JobEvent.New(step, Key(key), new MetricPoints(report.Metrics)));
        }

        if (report.Samples.Count > 0)
        {
            events.Add(JobEvent.New(step, Key(key), new SampleCompletions(report.Samples, isEvaluation)));
        }

        events.AddRange(report.Messages.Select((message, index) => JobEvent.New(step, Key(isEvaluation ? $"{key}/{index}" : $"{index}"), message)));
        return events;
    }

    private string Key(string key) => rollbackCount == 0 ? key : key.Length == 0 ? $"rollback-{rollbackCount}" : $"rollback-{rollbackCount}/{key}";
}
