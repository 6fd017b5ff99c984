namespace AlignService.Jobs.Workers;

/// <summary>How a worker's attempt at a job ended.</summary>
public enum WorkerOutcome
{
    Succeeded,
    Failed,
    Cancelled,
    Paused,

    /// <summary>The process was asked to stop; the job waits for the next worker.</summary>
    Stopped,

    /// <summary>The job could not be claimed: ended, waiting, or another worker's.</summary>
    NotRunnable,

    /// <summary>Another worker took the job over.</summary>
    LeaseLost,
}

/// <summary>Exit codes of a worker process. Any other code means that the worker was lost.</summary>
public static class WorkerExitCode
{
    /// <summary>The worker exited normally, whatever the job's outcome.</summary>
    public const int Done = 0;

    public const int NotRunnable = 3;

    public const int LeaseLost = 4;

    public static int Of(WorkerOutcome outcome) => outcome switch
    {
        WorkerOutcome.NotRunnable => NotRunnable,
        WorkerOutcome.LeaseLost => LeaseLost,
        _ => Done,
    };

    /// <summary>Whether the worker exited by itself.</summary>
    public static bool IsOrderly(int code) => code is Done or NotRunnable or LeaseLost;
}
