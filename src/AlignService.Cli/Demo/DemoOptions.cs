namespace AlignService.Cli.Demo;

/// <summary>Options of the demo.</summary>
internal sealed record DemoOptions
{
    public ulong Seed { get; init; } = 1;

    /// <summary>Root of everything on disk.</summary>
    public required string DataRoot { get; init; }

    /// <summary>Connection string of the store; null is SQLite in the data root.</summary>
    public string? Store { get; init; }

    /// <summary>The control run: rewards are permuted at random.</summary>
    public bool Shuffle { get; init; }
}
