using AlignService.Specs.Resources;
using Microsoft.Extensions.Logging;

namespace AlignService.Jobs.Workers;

internal static partial class WorkerLog
{
    private static readonly Func<ILogger, JobId, IDisposable?> Scope = LoggerMessage.DefineScope<JobId>("job {JobId}");

    /// <summary>Every log record until it is disposed has the job's id.</summary>
    public static IDisposable? JobScope(ILogger logger, JobId jobId) => Scope(logger, jobId);

    [LoggerMessage(1, LogLevel.Information, "{JobId}: worker {WorkerId} starts attempt {Attempt} on {Device}", EventName = "attempt_started")]
    public static partial void Started(ILogger logger, JobId jobId, string workerId, int attempt, string device);

    [LoggerMessage(2, LogLevel.Information, "{JobId}: {Outcome}", EventName = "attempt_ended")]
    public static partial void Ended(ILogger logger, JobId jobId, WorkerOutcome outcome);

    [LoggerMessage(3, LogLevel.Error, "{JobId}: failed", EventName = "attempt_failed")]
    public static partial void Failed(ILogger logger, Exception exception, JobId jobId);

    [LoggerMessage(4, LogLevel.Warning, "{JobId}: the lease could not be renewed; it expires at {ExpiresAt:O}", EventName = "lease_renewal_failed")]
    public static partial void RenewalFailed(ILogger logger, Exception exception, JobId jobId, DateTimeOffset expiresAt);

    [LoggerMessage(5, LogLevel.Information, "{JobId}: {Interruption}", EventName = "attempt_interrupted")]
    public static partial void Interrupted(ILogger logger, JobId jobId, Interruption interruption);

    [LoggerMessage(6, LogLevel.Warning, "{JobId}: the trainer's state could not be removed from its checkpoints", EventName = "trainer_state_kept")]
    public static partial void TrainerStateKept(ILogger logger, Exception exception, JobId jobId);

    [LoggerMessage(7, LogLevel.Warning, "{JobId}: paused: {Subject} cannot be written; the job goes on by itself when it can", EventName = "storage_held")]
    public static partial void StorageHeld(ILogger logger, Exception exception, JobId jobId, string subject);

    [LoggerMessage(8, LogLevel.Information, "{JobId}: goes on after {Held}: {Subject} could be written", EventName = "storage_continued")]
    public static partial void StorageContinued(ILogger logger, JobId jobId, string subject, TimeSpan held);

    [LoggerMessage(9, LogLevel.Information, "{JobId}: the lease is renewed again", EventName = "lease_renewal_continued")]
    public static partial void RenewalContinued(ILogger logger, JobId jobId);

    [LoggerMessage(10, LogLevel.Critical, "{JobId}: the training thread has done nothing for {Still}; this worker gives the job up and exits, and another continues from the last checkpoint", EventName = "training_stuck")]
    public static partial void Stuck(ILogger logger, JobId jobId, TimeSpan still);
}
