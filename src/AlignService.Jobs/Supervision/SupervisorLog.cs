using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Supervision;

internal static partial class SupervisorLog
{
    [LoggerMessage(1, LogLevel.Information, "{JobId}: worker process {ProcessId} started", EventName = "worker_started")]
    public static partial void Started(ILogger logger, JobId jobId, int processId);

    [LoggerMessage(2, LogLevel.Information, "{JobId}: worker process {ProcessId} exited with code {ExitCode}", EventName = "worker_exited")]
    public static partial void Exited(ILogger logger, JobId jobId, int processId, int exitCode);

    [LoggerMessage(3, LogLevel.Information, "{JobId}| {Line}", EventName = "worker_output")]
    public static partial void Line(ILogger logger, JobId jobId, string line);

    [LoggerMessage(4, LogLevel.Warning, "{JobId}: worker {WorkerId} was lost: it {How}", EventName = "worker_lost")]
    public static partial void Lost(ILogger logger, JobId jobId, string workerId, string how);

    [LoggerMessage(5, LogLevel.Warning, "{JobId}: worker {WorkerId} is killed: {Why}", EventName = "worker_killed")]
    public static partial void Killed(ILogger logger, JobId jobId, string workerId, string why);

    [LoggerMessage(6, LogLevel.Error, "{JobId}: no worker could be started", EventName = "worker_launch_failed")]
    public static partial void LaunchFailed(ILogger logger, Exception exception, JobId jobId);

    [LoggerMessage(7, LogLevel.Error, "The store does not respond; workers continue, and the supervisor tries again: {Message}", EventName = "store_unavailable")]
    public static partial void StoreFailed(ILogger logger, string message);

    [LoggerMessage(9, LogLevel.Information, "The store responds again, after {Failures} failed attempts", EventName = "store_available")]
    public static partial void StoreResponds(ILogger logger, int failures);

    [LoggerMessage(8, LogLevel.Warning, "The trainer's state of ended jobs could not be removed", EventName = "sweep_failed")]
    public static partial void SweepFailed(ILogger logger, Exception exception);
}
