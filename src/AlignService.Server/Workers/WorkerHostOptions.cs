using AlignService.Server.Hosting;

namespace AlignService.Server.Workers;

/// <summary>How a worker process runs; `align worker` fills it from its options.</summary>
public sealed record WorkerHostOptions
{
    /// <summary>Root of everything on disk, the same as the server's.</summary>
    public string DataRoot { get; init; } = "data";

    /// <summary>The store, as <see cref="AlignService.Store.StoreFactory"/> reads it; null is SQLite in the data root (align.db).</summary>
    public string? Store { get; init; }

    /// <summary>Jobs that run at once, one process each; null is one per device.</summary>
    public int? WorkerCount { get; init; }

    public LogFormat LogFormat { get; init; } = LogFormat.Text;
}
