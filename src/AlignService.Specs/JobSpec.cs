using AlignService.Specs.JobKinds;

namespace AlignService.Specs;

/// <summary>What a user asked for, with every default filled in. Stored with the job.</summary>
public sealed record JobSpec
{
    public string DisplayName { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Jobs that must have succeeded before this one starts.</summary>
    public IReadOnlyList<JobId> After { get; init; } = [];

    /// <summary>Key of every random stream of the job.</summary>
    public ulong Seed { get; init; }

    public JobLimits Limits { get; init; } = new();

    /// <summary>The work itself.</summary>
    public required JobKind Kind { get; init; }
}
