using AlignService.Specs;

namespace AlignService.Jobs;

/// <summary>A durable piece of training work, as the store holds it.</summary>
public sealed record Job
{
    public required JobId Id { get; init; }

    public required JobSpec Spec { get; init; }

    public JobState State { get; init; } = JobState.Queued;

    public required DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    public required DateTimeOffset UpdateTime { get; init; }

    public int CompletedSteps { get; init; }

    public int TotalSteps { get; init; }

    public JobFailure? Failure { get; init; }

    public bool CancelRequested { get; init; }

    /// <summary>A pause was asked for and is yet to come.</summary>
    public bool PauseRequested { get; init; }

    /// <summary>Times that the job went back to a checkpoint to go on at a lower learning rate.</summary>
    public int RollbackCount { get; init; }

    /// <summary>Workers that have started this job; above 1 after a resume.</summary>
    public int Attempt { get; init; }

    /// <summary>Workers that went without giving their lease back; the job fails when they pass <see cref="JobLimits.MaxRestarts"/>.</summary>
    public int LostWorkers { get; init; }

    /// <summary>Wall time under a lease, all attempts together.</summary>
    public TimeSpan ActiveTime { get; init; }

    /// <summary>
    /// Who holds the lease and until when; null while nobody does. An ended job keeps it until its worker's process has gone (or the lease ran out).
    /// </summary>
    public JobLease? Lease { get; init; }
}
