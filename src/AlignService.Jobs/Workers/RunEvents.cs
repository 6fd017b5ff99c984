using AlignService.Jobs.Events;
using AlignService.Jobs.Runs;

namespace AlignService.Jobs.Workers;

/// <summary>Events of a run's reports. Their keys depend on the step alone, so that a step that runs again makes the same ones.</summary>
internal static class RunEvents
{
    private const string EvaluationKey = "evaluation";
    private const string CheckpointKey = "checkpoint";

    public static IReadOnlyList<JobEvent> OfStep(int step, RunReport report) => Of(step, report, key: "", isEvaluation: false);

    /// <summary>Apart from the step's own.</summary>
    public static IReadOnlyList<JobEvent> OfEvaluation(int step, RunReport report) => Of(step, report, EvaluationKey, isEvaluation: true);

    public static JobEvent OfCheckpointTime(int step, TimeSpan duration) =>
        JobEvent.New(step, CheckpointKey, new MetricPoints(new Dictionary<string, double> { ["time/checkpoint"] = duration.TotalSeconds }));

    public static IEnumerable<JobEvent> OfCheckpoint(int step, IReadOnlyList<LogMessage> messages) =>
        messages.Select((message, index) => JobEvent.New(step, $"{CheckpointKey}/{index}", message));

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
