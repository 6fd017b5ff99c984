namespace AlignService.Jobs.Supervision;

/// <summary>A worker process could not be started.</summary>
public sealed class WorkerLaunchException(string message, Exception innerException) : AlignException(message, innerException)
{
    public override string Reason => JobFailureReason.WorkerLost;
}
