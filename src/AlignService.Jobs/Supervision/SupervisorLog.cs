using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Supervision;

internal static partial class SupervisorLog
{
    [LoggerMessage(1, LogLevel.Information, "{JobId}: worker process {ProcessId} started", EventName = "worker_started")]
    public static partial void Started(ILogger logger, JobId jobId, int processId);

    [LoggerMessage(2, LogLevel.Information, "{JobId}: worker process {ProcessId} ended with {ExitCode}", EventName = "worker_exited")]
    public static partial void Exited(ILogger logger, JobId jobId, int processId, int exitCode);

    [LoggerMessage(3, LogLevel.Information, "{JobId}| {Line}", EventName = "worker_output")]
    public static partial void Line(ILogger logger, JobId jobId, string line);

    [LoggerMessage(4, LogLevel.Warning, "{JobId}: its worker {WorkerId} was lost: {How}", EventName = "worker_lost")]
    public static partial void Lost(ILogger logger, JobId jobId, string workerId, string how);

    [LoggerMessage(5, LogLevel.Warning, "{JobId}: worker {WorkerId} did not stop in {Grace} and is killed", EventName = "worker_killed")]
    public static partial void Killed(ILogger logger, JobId jobId, string workerId, TimeSpan grace);

    [LoggerMessage(6, LogLevel.Error, "{JobId}: no worker could be started", EventName = "worker_launch_failed")]
    public static partial void LaunchFailed(ILogger logger, Exception exception, JobId jobId);

    [LoggerMessage(7, LogLevel.Error, "The store does not answer; the workers continue, and the supervisor tries again", EventName = "store_unavailable")]
    public static partial void StoreFailed(ILogger logger, Exception exception);
}
