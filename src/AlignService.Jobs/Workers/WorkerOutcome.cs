namespace AlignService.Jobs.Workers;

/// <summary>How a worker's attempt at a job ended.</summary>
public enum WorkerOutcome
{
    Succeeded,
    Failed,
    Cancelled,
    Paused,

    /// <summary>The process was told to end; the job waits for the next worker.</summary>
    Stopped,

    /// <summary>The job could not be claimed: ended, waiting, or another worker's.</summary>
    NotRunnable,

    /// <summary>Another worker took the job over.</summary>
    LeaseLost,
}
