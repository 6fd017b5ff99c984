namespace AlignService.Jobs;

/// <summary>The one table of allowed changes of state.</summary>
public static class JobTransition
{
    private static readonly Dictionary<JobState, JobState[]> Allowed = new()
    {
        [JobState.Queued] = [JobState.Preparing, JobState.Failed, JobState.Cancelled],
        // Back to preparing: a new worker takes over after the first was lost.
        [JobState.Preparing] = [JobState.Preparing, JobState.Running, JobState.Failed, JobState.Cancelled],
        [JobState.Running] = [JobState.Preparing, JobState.Succeeded, JobState.Failed, JobState.Cancelled],
        [JobState.Succeeded] = [],
        [JobState.Failed] = [],
        [JobState.Cancelled] = [],
    };

    public static bool IsAllowed(JobState from, JobState to) => Allowed[from].Contains(to);

    /// <summary>Whether nothing can follow.</summary>
    public static bool IsEnd(JobState state) => Allowed[state].Length == 0;
}
