namespace AlignService.Server.Hosting;

/// <summary>How the server process runs; `align serve` fills it from its options.</summary>
public sealed record AlignServerOptions
{
    /// <summary>
    /// Addresses to listen on, http://host:port. gRPC (HTTP/2 without TLS) and the status page (HTTP/1.1) share each of them. Port 0 lets the system
    /// choose; the running server's Addresses tell what it chose. Host `*` is every interface.
    /// </summary>
    public IReadOnlyList<string> Listen { get; init; } = ["http://127.0.0.1:5080"];

    /// <summary>Root of everything on disk: the embedded store, models, data sets, checkpoints.</summary>
    public string DataRoot { get; init; } = "data";

    /// <summary>The store, as <see cref="AlignService.Store.StoreFactory"/> reads it; null is SQLite in the data root (align.db).</summary>
    public string? Store { get; init; }

    /// <summary>Workers that run at once inside this server's supervisor; 0 leaves jobs to `align worker` processes; null is one per device.</summary>
    public int? WorkerCount { get; init; }

    /// <summary>Jobs that may wait; 1 or more. A further one is refused with a QuotaFailure.</summary>
    public int MaxQueuedJobs { get; init; } = 1000;

    public LogFormat LogFormat { get; init; } = LogFormat.Text;

    internal string FullDataRoot => Path.GetFullPath(DataRoot);
}

/// <summary>The server cannot start as it was asked to.</summary>
internal sealed class ServerStartException : AlignException
{
    public ServerStartException(string message)
        : base(message)
    {
    }

    public ServerStartException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
