using System.Data.Common;

namespace AlignService.Jobs.Ports;

/// <summary>The disk of the database is full, failing or read-only, so nothing was written. It may be written again later.</summary>
public sealed class StoreStorageException(string message, Exception innerException) : DbException(message, innerException);

/// <summary>A disk, or the store's disk, that takes nothing at the moment: full, over its quota, failing or mounted read-only. Time or an operator mends it.</summary>
/// <param name="Text">What the system said.</param>
public sealed record StorageFault(string Text)
{
    private const int InputOutputError = 5; // EIO
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int ReadOnlyFileSystem = 30; // EROFS
    private const int QuotaExceeded = 122; // EDQUOT

    /// <summary>Null for every other error. Where .NET has no exception of its own, an IOException's HResult is the system's errno.</summary>
    public static StorageFault? Of(Exception exception) => exception switch
    {
        StoreStorageException store => new StorageFault(store.Message),
        AggregateException { InnerExceptions: [{ } first, ..] } => Of(first),
        IOException { HResult: InputOutputError or NoSpaceLeft or ReadOnlyFileSystem or QuotaExceeded } disk => new StorageFault(disk.Message),
        _ => null,
    };
}
