namespace AlignService.Specs.Guardian;

/// <summary>What a rule found.</summary>
public sealed record GuardianFinding
{
    /// <summary>The rule's name in the job's settings.</summary>
    public required string Rule { get; init; }

    /// <summary>The subject among several: a reward source's name; empty where there is only one.</summary>
    public string Subject { get; init; } = "";

    /// <summary>In the rule's unit.</summary>
    public required double Value { get; init; }

    /// <summary>The bound that the value exceeds.</summary>
    public required double Bound { get; init; }

    public required GuardianAction Action { get; init; }

    /// <summary>What was seen, with the value and the bound.</summary>
    public required string Seen { get; init; }

    /// <summary>What it usually means.</summary>
    public required string Meaning { get; init; }

    /// <summary>What to try.</summary>
    public required string Remedy { get; init; }
}
