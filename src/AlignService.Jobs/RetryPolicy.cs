namespace AlignService.Jobs;

/// <summary>When a job that failed is tried again: where what failed was not the job itself, and as often as its limits say.</summary>
public static class RetryPolicy
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromHours(1);

    /// <summary>An internal error is this program's or its machine's: what a user gave has reasons of its own.</summary>
    private static readonly string[] OfSurroundings = [JobFailureReason.WorkerLost, JobFailureReason.DeviceUnusable, JobFailureReason.Internal];

    /// <summary>Null where the failure is final.</summary>
    public static DateTimeOffset? NextTry(Job job, JobFailure failure, DateTimeOffset now) =>
        OfSurroundings.Contains(failure.Reason) && !job.CancelRequested && job.FailedAttempts + 1 < job.Spec.Limits.MaxAttempts ? now + DelayAfter(job) : null;

    private static TimeSpan DelayAfter(Job job)
    {
        double seconds = job.Spec.Limits.RetryDelay.TotalSeconds * Math.Pow(2, job.FailedAttempts);
        return seconds < LongestDelay.TotalSeconds ? TimeSpan.FromSeconds(seconds) : LongestDelay;
    }
}
