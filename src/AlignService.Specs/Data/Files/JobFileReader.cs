using Microsoft.Win32.SafeHandles;

namespace AlignService.Specs.Data.Files;

/// <summary>The one place that opens files which jobs name.</summary>
internal static class JobFileReader
{
    /// <summary>A regular file below the policy's roots; what is read of it counts against its size limit.</summary>
    /// <exception cref="DataException">It is elsewhere, does not exist, is not a file, or cannot be read.</exception>
    public static OpenFile Open(string path, FilePolicy policy)
    {
        using FileIdentity identity = Find(path, policy);
        if (!identity.IsRegular)
        {
            throw new DataException($"{Shown.Value(path)} is {identity.Kind}; only regular files are read.");
        }

        if (identity.Length > policy.MaxBytes)
        {
            throw TooLarge(path, policy);
        }

        try
        {
            return new OpenFile(path, identity.OpenToRead(), identity.Length);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, fault);
        }
    }

    /// <summary>Whether a path below the policy's roots is a directory; false where there is nothing.</summary>
    /// <exception cref="DataException">It is elsewhere.</exception>
    public static bool IsDirectory(string path, FilePolicy policy)
    {
        try
        {
            using FileIdentity identity = Find(path, policy);
            return identity.IsDirectory;
        }
        catch (DataException refused) when (refused.IsMissing)
        {
            return false;
        }
    }

    public static DataException TooLarge(string path, FilePolicy policy) => new(
        $"{Shown.Value(path)} holds more than {policy.MaxBytes >> 20} MiB, counted after decompression, which is the most that is read for one source; use a part of it, or raise the server's limit (--max-data-mib, ALIGN_MAX_DATA_MIB).");

    private static FileIdentity Find(string path, FilePolicy policy)
    {
        string full = path.Contains('\0', StringComparison.Ordinal) ? throw new DataException("the path holds a NUL character; give a path without it.") : Path.GetFullPath(path);
        FileIdentity identity;
        try
        {
            identity = FileIdentity.Of(full);
        }
        catch (FileNotFoundException)
        {
            // What does not exist elsewhere is not told apart from what does.
            throw policy.AllowsText(full)
                ? new DataException($"The file {Shown.Value(path)} does not exist; give the path of a JSON lines, JSON, CSV, TSV or Parquet file that the server can read.") { IsMissing = true }
                : policy.Outside(path);
        }
        catch (IOException fault)
        {
            throw policy.AllowsText(full) ? Unreadable(path, fault) : policy.Outside(path);
        }

        if (policy.Allows(identity.Path))
        {
            return identity;
        }

        identity.Dispose();
        throw policy.Outside(path);
    }

    private static DataException Unreadable(string path, Exception fault) =>
        new($"{Shown.Value(path)} cannot be read ({fault.Message}); give a file that the server can read, absolute or relative to its data root.");
}

/// <summary>A file that is open for reading.</summary>
/// <param name="Path">As the job names it.</param>
/// <param name="Handle">Owned.</param>
/// <param name="Length">In bytes, when it was opened.</param>
internal sealed record OpenFile(string Path, SafeFileHandle Handle, long Length) : IDisposable
{
    public void Dispose() => Handle.Dispose();
}
