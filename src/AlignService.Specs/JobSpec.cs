using AlignService.Specs.Binding;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Resources;

namespace AlignService.Specs;

/// <summary>What a user asked for, with every default filled in. Stored with the job.</summary>
public sealed record JobSpec
{
    private const double MaxPriority = 1000;

    [Setting(Aliases = "name run_name experiment_name")]
    public string DisplayName { get; init; } = "";

    [Setting]
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Jobs that must have succeeded before this one starts.</summary>
    [Setting]
    public IReadOnlyList<JobId> After { get; init; } = [];

    /// <summary>Key of every random stream of the job.</summary>
    [Setting]
    public ulong Seed { get; init; }

    [Settings("limits")]
    public JobLimits Limits { get; init; } = new();

    /// <summary>Jobs with a higher priority are started first.</summary>
    [Setting(Min = -MaxPriority, Max = MaxPriority)]
    public int Priority { get; init; }

    /// <summary>The work itself.</summary>
    [Settings(".")]
    public required JobKind Kind { get; init; }
}

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

    /// <summary>How often the job may be tried where it fails through no fault of its own; 1 is no second try.</summary>
    [Setting(Min = 1, Max = 100, Aliases = "retries max_retries")]
    public int MaxAttempts { get; init; } = 1;

    /// <summary>Time before the second try; doubled before each further one, up to an hour.</summary>
    [Setting(Unit = "s", Aliases = "backoff")]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(30);
}
