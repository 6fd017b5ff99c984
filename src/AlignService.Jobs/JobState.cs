using AlignService.Specs.Settings;

namespace AlignService.Jobs;

/// <summary>The states of a job. <see cref="JobTransition"/> lists the allowed transitions.</summary>
public enum JobState
{
    /// <summary>Waits for a worker: the first, or the next one after the last was stopped or lost.</summary>
    Queued,

    Preparing,
    Running,
    Succeeded,
    Failed,
    Cancelled,

    /// <summary>Waits for a user to resume it; it has no worker, and its last checkpoint holds the work so far.</summary>
    Paused,
}

/// <summary>The single table of allowed state transitions.</summary>
public static class JobTransition
{
    private static readonly Dictionary<JobState, JobState[]> Allowed = new()
    {
        [JobState.Queued] = [JobState.Preparing, JobState.Failed, JobState.Cancelled, JobState.Paused],
        // Back to queued: its worker was stopped or lost. Back to preparing: it rolls back, or a new worker claims it at once.
        [JobState.Preparing] = [JobState.Queued, JobState.Preparing, JobState.Running, JobState.Failed, JobState.Cancelled, JobState.Paused],
        [JobState.Running] = [JobState.Queued, JobState.Preparing, JobState.Succeeded, JobState.Failed, JobState.Cancelled, JobState.Paused],
        // Resumed, it waits for a worker as a new job does.
        [JobState.Paused] = [JobState.Queued, JobState.Cancelled],
        [JobState.Succeeded] = [],
        [JobState.Failed] = [],
        [JobState.Cancelled] = [],
    };

    public static bool IsAllowed(JobState from, JobState to) => Allowed[from].Contains(to);

    /// <summary>Whether the state is final.</summary>
    public static bool IsEnd(JobState state) => Allowed[state].Length == 0;

    /// <summary>Whether a worker runs it, or must.</summary>
    public static bool NeedsWorker(JobState state) => state is JobState.Queued or JobState.Preparing or JobState.Running;
}

/// <summary>What becomes of checkpoints when their job ends.</summary>
internal static class CheckpointRetention
{
    public static bool KeepsTrainerState(this CheckpointPolicy policy, JobState end) => policy.KeepTrainerState switch
    {
        KeepTrainerState.Always => true,
        KeepTrainerState.Never => !JobTransition.IsEnd(end),
        _ => end != JobState.Succeeded,
    };
}
