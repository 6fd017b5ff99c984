using AlignService.Specs.Binding;

namespace AlignService.Specs;

/// <summary>What a job may use.</summary>
public sealed record JobLimits
{
    /// <summary>Total wall time of all attempts; null is no limit.</summary>
    [Setting(Unit = "s", Aliases = "timeout time_limit")]
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>Devices of one job.</summary>
    [Setting(Min = 1, Max = 1, Why = "a job runs on exactly 1 device", Aliases = "num_gpus n_gpus n_gpus_per_node gpus")]
    public int Devices { get; init; } = 1;

    /// <summary>Workers that may be lost before the job fails; 0 or more.</summary>
    [Setting(Min = 0)]
    public int MaxRestarts { get; init; } = 3;
}
