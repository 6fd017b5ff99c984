namespace AlignService.Client;

/// <summary>How far a transfer is.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="DoneBytes">Of them, what earlier attempts did included.</param>
/// <param name="TotalBytes">Of all files.</param>
public readonly record struct TransferProgress(TransferPhase Phase, long DoneBytes, long TotalBytes);

public enum TransferPhase
{
    /// <summary>The files' SHA-256 are computed.</summary>
    Checksums,

    Upload,

    Download,
}

/// <summary>What was transferred is not what it should be, or cannot be written.</summary>
public sealed class TransferException(string message) : Exception(message);

/// <summary>Counts bytes and reports them.</summary>
internal sealed class TransferCount(IProgress<TransferProgress>? progress)
{
    private TransferProgress _at;

    public void Begin(TransferPhase phase, long total, long done = 0) => Report(new TransferProgress(phase, done, total));

    public void Add(long bytes) => Report(_at with { DoneBytes = _at.DoneBytes + bytes });

    private void Report(TransferProgress at)
    {
        _at = at;
        progress?.Report(at);
    }
}
