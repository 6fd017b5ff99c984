namespace AlignService.Jobs;

/// <summary>Where a job is in its life. <see cref="JobTransition"/> says which change may follow which.</summary>
public enum JobState
{
    Queued,
    Preparing,
    Running,
    Succeeded,
    Failed,
    Cancelled,

    /// <summary>Waits for a user to resume it; nothing of it runs, and its last checkpoint holds the work so far.</summary>
    Paused,
}

/// <summary>The one table of allowed changes of state.</summary>
public static class JobTransition
{
    private static readonly Dictionary<JobState, JobState[]> Allowed = new()
    {
        [JobState.Queued] = [JobState.Preparing, JobState.Failed, JobState.Cancelled, JobState.Paused],
        // Back to preparing: a new worker takes over after the first was lost.
        [JobState.Preparing] = [JobState.Preparing, JobState.Running, JobState.Failed, JobState.Cancelled, JobState.Paused],
        [JobState.Running] = [JobState.Preparing, JobState.Succeeded, JobState.Failed, JobState.Cancelled, JobState.Paused],
        // Resumed, it waits for a worker as a new job does.
        [JobState.Paused] = [JobState.Queued, JobState.Cancelled],
        [JobState.Succeeded] = [],
        [JobState.Failed] = [],
        [JobState.Cancelled] = [],
    };

    public static bool IsAllowed(JobState from, JobState to) => Allowed[from].Contains(to);

    /// <summary>Whether nothing can follow.</summary>
    public static bool IsEnd(JobState state) => Allowed[state].Length == 0;

    /// <summary>Whether a worker works on it, or must.</summary>
    public static bool NeedsWorker(JobState state) => state is JobState.Queued or JobState.Preparing or JobState.Running;
}
