namespace AlignService.Jobs.Supervision;

/// <summary>What a supervisor may use, and how patient it is.</summary>
public sealed record WorkerSupervisorOptions
{
    /// <summary>One worker at a time on each: cpu, or cuda:N. Empty: no worker is started, but jobs that need none are still settled.</summary>
    public IReadOnlyList<string> Devices { get; init; } = ["cpu"];

    /// <summary>Time a worker has to stop before it is killed.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time between two looks at the store.</summary>
    public TimeSpan LookInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Begins the names of its workers; unique among supervisors.</summary>
    public string Name { get; init; } = $"{Environment.MachineName}-{Environment.ProcessId}";
}
