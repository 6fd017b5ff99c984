namespace AlignService.Specs;

/// <summary>What a job may use.</summary>
public sealed record JobLimits
{
    /// <summary>Wall time of all attempts together; null is no limit.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>Workers that may be lost before the job fails; 0 or more.</summary>
    public int MaxRestarts { get; init; } = 3;
}
