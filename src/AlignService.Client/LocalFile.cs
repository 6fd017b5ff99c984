using System.Security.Cryptography;
using AlignService.Contracts.V1;
using Microsoft.Win32.SafeHandles;

namespace AlignService.Client;

/// <summary>A file that is to be uploaded.</summary>
/// <param name="Path">As the server will have it.</param>
/// <param name="FullPath">Where it is here.</param>
public sealed record LocalFile(string Path, string FullPath)
{
    private const int BlockBytes = 1 << 18;

    /// <summary>Sent instead of what the file holds; null sends the file.</summary>
    public byte[]? Replacement { get; init; }

    public long Bytes => Replacement?.Length ?? new FileInfo(FullPath).Length;

    /// <summary>Reads all of it.</summary>
    internal StoredFile Declare(Action<long> read, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using SafeFileHandle? handle = Open();
        byte[] block = GC.AllocateUninitializedArray<byte>(BlockBytes);
        long at = 0;
        for (int count; (count = Read(handle, block, at)) > 0; at += count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, count);
            read(count);
        }

        return new StoredFile { Path = Path, SizeBytes = at, Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset()) };
    }

    /// <summary>To read it; null where something else is sent.</summary>
    internal SafeFileHandle? Open() => Replacement is null ? File.OpenHandle(FullPath, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan) : null;

    /// <returns>How many bytes were read; 0 at the end.</returns>
    internal int Read(SafeFileHandle? handle, Span<byte> into, long at)
    {
        if (handle is not null)
        {
            return RandomAccess.Read(handle, into, at);
        }

        ReadOnlySpan<byte> rest = Replacement.AsSpan((int)at);
        rest = rest[..Math.Min(rest.Length, into.Length)];
        rest.CopyTo(into);
        return rest.Length;
    }
}
