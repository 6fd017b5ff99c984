using AlignService.Specs.Binding;
using AlignService.Specs.JobKinds;
using AlignService.Specs.Resources;

namespace AlignService.Specs;

/// <summary>What a user asked for, with every default filled in. Stored with the job.</summary>
public sealed record JobSpec
{
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

    /// <summary>The work itself.</summary>
    [Settings(".")]
    public required JobKind Kind { get; init; }
}
