namespace AlignService.Jobs;

/// <summary>One worker's time with a job, as stored.</summary>
/// <param name="Attempt">From 1.</param>
/// <param name="WorkerId">As in its lease.</param>
/// <param name="Place">Where it worked; null where it did not say.</param>
/// <param name="StartTime">When it claimed the job.</param>
/// <param name="EndTime">When its lease ended; null while it holds it.</param>
/// <param name="Outcome">How it ended; null while it has not.</param>
public sealed record AttemptRecord(int Attempt, string WorkerId, WorkerPlace? Place, DateTimeOffset StartTime, DateTimeOffset? EndTime, AttemptOutcome? Outcome);

/// <summary>How a worker's attempt at a job ended, as its job's record tells.</summary>
public enum AttemptOutcome
{
    /// <summary>The worker disappeared: its process died, it hung, or its machine was lost.</summary>
    Lost,

    /// <summary>The worker was stopped and gave the job back.</summary>
    Stopped,

    Paused,
    Succeeded,
    Failed,
    Cancelled,
}
