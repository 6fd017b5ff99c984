namespace AlignService.Jobs.Supervision;

/// <summary>A supervisor's resources and intervals.</summary>
public sealed record WorkerSupervisorOptions
{
    /// <summary>One worker at a time on each: cpu, or cuda:N. Empty: no workers are started, but jobs without a worker are still reconciled.</summary>
    public IReadOnlyList<string> Devices { get; init; } = ["cpu"];

    /// <summary>Time that a worker has to stop before it is killed.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that a worker has to claim its job before it is killed.</summary>
    public TimeSpan StartPatience { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Longest time between two reconciliations.</summary>
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Prefix of its workers' names; unique among supervisors.</summary>
    public string Name { get; init; } = $"{Environment.MachineName}-{Environment.ProcessId}";
}
