using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;

namespace AlignService.Jobs.Workers;

/// <summary>Events of a run's reports. Their keys depend on the step alone, so that a step that runs again makes the same ones.</summary>
internal static class RunEvents
{
    public const string EvaluationKey = "evaluation";

    /// <summary>The metric that decides which checkpoint is best, and whether to stop early.</summary>
    public const string ScoreMetric = "eval/score";

    private const string CheckpointKey = "checkpoint";

    public static IReadOnlyList<JobEvent> OfStep(int step, RunReport report) => Of(step, report, key: "", isEvaluation: false);

    /// <summary>Apart from the step's own.</summary>
    public static IReadOnlyList<JobEvent> OfEvaluation(int step, RunReport report) => Of(step, WithScore(report), EvaluationKey, isEvaluation: true);

    public static JobEvent OfCheckpointTime(int step, TimeSpan duration) =>
        JobEvent.New(step, CheckpointKey, new MetricPoints(new Dictionary<string, double> { ["time/checkpoint"] = duration.TotalSeconds }));

    public static IEnumerable<JobEvent> OfCheckpoint(int step, IReadOnlyList<LogMessage> messages) =>
        messages.Select((message, index) => JobEvent.New(step, $"{CheckpointKey}/{index}", message));

    private static RunReport WithScore(RunReport report) =>
        report.Score is { } score ? report with { Metrics = new Dictionary<string, double>(report.Metrics) { [ScoreMetric] = score } } : report;

    private static List<JobEvent> Of(int step, RunReport report, string key, bool isEvaluation)
    {
        var events = new List<JobEvent>();
        if (report.Metrics.Count > 0)
        {
            events.Add(JobEvent.New(step, key, new MetricPoints(report.Metrics)));
        }

        if (report.Samples.Count > 0)
        {
            events.Add(JobEvent.New(step, key, new SampleCompletions(report.Samples, isEvaluation)));
        }

        events.AddRange(report.Messages.Select((message, index) => JobEvent.New(step, isEvaluation ? $"{key}/{index}" : $"{index}", message)));
        return events;
    }
}
