namespace AlignService.Jobs.Workers;

/// <summary>How a worker keeps its lease.</summary>
public sealed record JobWorkerOptions
{
    /// <summary>How long the job stays with a worker that no longer answers.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time between renewals; well under <see cref="LeaseDuration"/>.</summary>
    public TimeSpan RenewInterval { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// Leave the lease of an ended job to the supervisor, which ends it when the process is gone: a cancel call returns only then. Without a supervisor,
    /// the worker gives it back as its last act.
    /// </summary>
    public bool Supervised { get; init; }
}
