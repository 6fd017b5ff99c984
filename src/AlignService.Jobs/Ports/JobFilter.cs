namespace AlignService.Jobs.Ports;

/// <summary>Which jobs a list has, besides their states and project, and in which order.</summary>
public sealed record JobFilter
{
    /// <summary>Of one of these kinds, by their fields in JobSpec; empty: of any.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [];

    /// <summary>With all of these labels; an empty value stands for any.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Whose display name contains this, regardless of case; empty: all.</summary>
    public string DisplayName { get; init; } = "";

    public JobOrder Order { get; init; } = JobOrder.Newest;
}

/// <summary>The order of a list of jobs.</summary>
public enum JobOrder
{
    Newest,

    /// <summary>The largest score first, those without one last, among equals the newest.</summary>
    Score,
}
