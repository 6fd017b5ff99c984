using System.Diagnostics.CodeAnalysis;
using AlignService.Specs;
using AlignService.Specs.Resources;

namespace AlignService.Jobs;

/// <summary>A durable piece of training work, as stored.</summary>
public sealed record Job
{
    public required JobId Id { get; init; }

    /// <summary>Without the rows of data that were given inline, but with their number and hash; the catalog reads it whole.</summary>
    public required JobSpec Spec { get; init; }

    /// <summary>Who works in another project does not see it.</summary>
    public ProjectId Project { get; init; } = ProjectId.Default;

    public JobState State { get; init; } = JobState.Queued;

    public required DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    public required DateTimeOffset UpdateTime { get; init; }

    public int CompletedSteps { get; init; }

    public int TotalSteps { get; init; }

    public JobFailure? Failure { get; init; }

    public bool CancelRequested { get; init; }

    /// <summary>A pause was asked for and is still pending.</summary>
    public bool PauseRequested { get; init; }

    /// <summary>How often the job rolled back to a checkpoint to continue at a lower learning rate.</summary>
    public int RollbackCount { get; init; }

    /// <summary>Workers that have started this job; above 1 after a resume.</summary>
    public int Attempt { get; init; }

    /// <summary>Workers that disappeared without releasing their lease; the job fails when they exceed <see cref="JobLimits.MaxRestarts"/>.</summary>
    public int LostWorkers { get; init; }

    /// <summary>Wall time under a lease, over all attempts.</summary>
    public TimeSpan ActiveTime { get; init; }

    /// <summary>
    /// Who holds the lease and until when; null while nobody does. An ended job keeps it until its worker process has exited (or the lease expired).
    /// </summary>
    public JobLease? Lease { get; init; }

    /// <summary>The lease of a job that a worker has claimed.</summary>
    internal JobLease HeldLease => Lease ?? throw new InvalidOperationException($"{Id.ResourceName} is under no lease.");

    /// <summary>Whether a worker's lease is valid at this time.</summary>
    [MemberNotNullWhen(true, nameof(Lease))]
    public bool IsHeldAt(DateTimeOffset now) => Lease is { } lease && lease.ExpiresAt > now;
}

/// <summary>A worker's right to write a job's records.</summary>
/// <param name="JobId">The job.</param>
/// <param name="WorkerId">Who holds it.</param>
/// <param name="Token">Fencing token: rises with every lease of the job, and every write names it; an older token is refused.</param>
/// <param name="ExpiresAt">When another worker may take the job, unless renewed.</param>
public sealed record JobLease(JobId JobId, string WorkerId, long Token, DateTimeOffset ExpiresAt);

/// <summary>Why a job failed.</summary>
/// <param name="Reason">An identifier for programs, listed in job.proto.</param>
/// <param name="Message">What happened, with the value and the bound.</param>
/// <param name="Remedy">What to try.</param>
public sealed record JobFailure(string Reason, string Message, string Remedy);

/// <summary>The values of <see cref="JobFailure.Reason"/> that the job engine itself uses; errors in a user's input have their own.</summary>
public static class JobFailureReason
{
    public const string OutOfMemory = "out_of_memory";
    public const string WorkerLost = "worker_lost";
    public const string DependencyFailed = "dependency_failed";
    public const string TimeLimit = "time_limit";
    public const string Internal = "internal";
}
