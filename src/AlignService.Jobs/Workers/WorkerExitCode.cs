namespace AlignService.Jobs.Workers;

/// <summary>Exit codes of a worker process. Any other code means that the worker was lost.</summary>
public static class WorkerExitCode
{
    /// <summary>It did its duty, whatever became of the job.</summary>
    public const int Done = 0;

    public const int NotRunnable = 3;

    public const int LeaseLost = 4;

    public static int Of(WorkerOutcome outcome) => outcome switch
    {
        WorkerOutcome.NotRunnable => NotRunnable,
        WorkerOutcome.LeaseLost => LeaseLost,
        _ => Done,
    };

    /// <summary>Whether the worker itself chose to end.</summary>
    public static bool IsOrderly(int code) => code is Done or NotRunnable or LeaseLost;
}
