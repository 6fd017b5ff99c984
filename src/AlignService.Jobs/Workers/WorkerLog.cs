using AlignService.Specs;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Workers;

internal static partial class WorkerLog
{
    [LoggerMessage(1, LogLevel.Information, "{JobId}: worker {WorkerId} starts attempt {Attempt}")]
    public static partial void Started(ILogger logger, JobId jobId, string workerId, int attempt);

    [LoggerMessage(2, LogLevel.Information, "{JobId}: {Outcome}")]
    public static partial void Ended(ILogger logger, JobId jobId, WorkerOutcome outcome);

    [LoggerMessage(3, LogLevel.Error, "{JobId}: failed")]
    public static partial void Failed(ILogger logger, Exception exception, JobId jobId);

    [LoggerMessage(4, LogLevel.Warning, "{JobId}: the lease could not be renewed; it runs out at {ExpiresAt:O}")]
    public static partial void RenewalFailed(ILogger logger, Exception exception, JobId jobId, DateTimeOffset expiresAt);

    [LoggerMessage(5, LogLevel.Information, "{JobId}: {Interruption}")]
    public static partial void Interrupted(ILogger logger, JobId jobId, Interruption interruption);
}
