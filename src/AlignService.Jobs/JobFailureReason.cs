namespace AlignService.Jobs;

/// <summary>The words of <see cref="JobFailure.Reason"/> that the job engine itself gives; errors of a user's input bring their own.</summary>
public static class JobFailureReason
{
    public const string OutOfMemory = "out_of_memory";
    public const string WorkerLost = "worker_lost";
    public const string DependencyFailed = "dependency_failed";
    public const string TimeLimit = "time_limit";
    public const string Internal = "internal";
}
