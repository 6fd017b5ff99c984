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
