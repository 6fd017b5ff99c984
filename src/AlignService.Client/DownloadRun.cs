using System.Security.Cryptography;
using System.Text.Json;
using AlignService.Contracts.V1;
using Grpc.Core;
using Microsoft.Win32.SafeHandles;

namespace AlignService.Client;

/// <summary>
/// Downloads a model into a directory that is there when everything is and every checksum is right. Until then the files are in a directory beside it, from where the next
/// attempt continues.
/// </summary>
/// <param name="client">Of the server.</param>
/// <param name="service">Its calls.</param>
/// <param name="target">Does not exist.</param>
internal sealed class DownloadRun(AlignClient client, ModelService.ModelServiceClient service, string target)
{
    private const string NoteFile = ".align-pull.json";

    private readonly string _partial = target + ".partial";
    private readonly Patience _patience = new(client.Options);

    /// <returns>What was downloaded.</returns>
    /// <param name="name">As the user gave it; an alias stays what it was when the download began.</param>
    /// <param name="count">Counts the bytes.</param>
    /// <param name="cancellationToken">Ends it; what was received stays for the next time.</param>
    /// <exception cref="AlignCallException">The server refuses it, or has not answered for too long.</exception>
    /// <exception cref="TransferException">A checksum is wrong, or the server sends what it should not.</exception>
    public async Task<DownloadStart> RunAsync(string name, TransferCount count, CancellationToken cancellationToken)
    {
        if (Path.Exists(target))
        {
            throw new IOException($"{target} exists; choose another directory.");
        }

        Directory.CreateDirectory(_partial);
        while (true)
        {
            try
            {
                DownloadStart start = await ReceiveAsync(name, count, cancellationToken);
                File.Delete(Path.Combine(_partial, NoteFile));
                Directory.Move(_partial, target);
                return start;
            }
            catch (AlignCallException exception) when (exception.IsLost && _patience.HasAnswered)
            {
                await _patience.PauseAsync(exception, cancellationToken);
            }
        }
    }

    private async Task<DownloadStart> ReceiveAsync(string name, TransferCount count, CancellationToken cancellationToken)
    {
        PullNote? before = PullNote.TryRead(Path.Combine(_partial, NoteFile));
        if (before is null || before.Asked != name)
        {
            // Of another model, or of nothing that can be told.
            Directory.Delete(_partial, recursive: true);
            Directory.CreateDirectory(_partial);
            before = null;
        }

        var request = new DownloadModelRequest { Name = before?.Name ?? name, Received = { (before?.Paths ?? []).Select(Received) } };
        using AsyncServerStreamingCall<DownloadModelResponse> call = service.DownloadModel(request, cancellationToken: cancellationToken);
        if (!await client.NextAsync(call.ResponseStream, cancellationToken) || call.ResponseStream.Current.Start is not { } start)
        {
            throw new TransferException($"{client.Address} sent no list of files first.");
        }

        _patience.Answered();
        Require(start);
        new PullNote(name, start.Name, [.. start.Files.Select(file => file.Path)]).Write(Path.Combine(_partial, NoteFile));
        count.Begin(TransferPhase.Download, start.Files.Sum(file => file.SizeBytes), request.Received.Sum(file => file.ReceivedBytes));
        HashSet<string> open = [.. start.Files.Select(file => file.Path)];
        using FileReceiver receiver = new(_partial);
        while (await client.NextAsync(call.ResponseStream, cancellationToken))
        {
            FileChunk chunk = call.ResponseStream.Current.Chunk;
            if (!open.Contains(chunk.Path))
            {
                throw new TransferException($"{client.Address} sent bytes of {chunk.Path}, which it had not announced.");
            }

            receiver.Write(chunk);
            count.Add(chunk.Data.Length);
            if (chunk.Sha256.Length > 0)
            {
                open.Remove(chunk.Path);
            }
        }

        return open.Count == 0 ? start : throw new TransferException($"{client.Address} ended the download without {string.Join(", ", open.Take(3))}; do the same again to continue.");
    }

    private FileProgress Received(string path)
    {
        FileInfo file = new(Path.Combine(_partial, path));
        return new FileProgress { Path = path, ReceivedBytes = file.Exists ? file.Length : 0 };
    }

    /// <summary>No server decides where files are written outside the directory.</summary>
    private void Require(DownloadStart start)
    {
        if (start.Files.FirstOrDefault(file => file.Path.Split('/').Any(segment => segment is "" or "." or ".." or NoteFile || segment.Contains('\0', StringComparison.Ordinal))) is { } outside)
        {
            throw new TransferException($"{client.Address} names a file \"{outside.Path}\", which would be written elsewhere; nothing was written.");
        }
    }
}

/// <summary>Beside files that were downloaded in part: of what they are.</summary>
/// <param name="Asked">What the user named.</param>
/// <param name="Name">What it stood for.</param>
/// <param name="Paths">Every file of it.</param>
internal sealed record PullNote(string Asked, string Name, IReadOnlyList<string> Paths)
{
    public static PullNote? TryRead(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<PullNote>(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this));
}

/// <summary>Writes chunks to their files, one file at a time, and compares each whole file with its checksum.</summary>
internal sealed class FileReceiver(string directory) : IDisposable
{
    private const int BlockBytes = 1 << 18;

    private string? _path;
    private SafeFileHandle? _handle;
    private IncrementalHash? _hash;

    /// <exception cref="TransferException">The bytes do not follow those that are there, or the file is not what it should be; it is deleted then.</exception>
    public void Write(FileChunk chunk)
    {
        if (_path != chunk.Path)
        {
            Open(chunk.Path);
        }

        if (chunk.Offset != RandomAccess.GetLength(_handle!)) // opened above
        {
            throw new TransferException($"The server sent bytes of {chunk.Path} from {chunk.Offset}, but {RandomAccess.GetLength(_handle!)} are here.");
        }

        RandomAccess.Write(_handle!, chunk.Data.Span, chunk.Offset);
        _hash?.AppendData(chunk.Data.Span);
        if (chunk.Sha256.Length > 0)
        {
            Finish(chunk);
        }
    }

    public void Dispose()
    {
        _handle?.Dispose();
        _hash?.Dispose();
    }

    private void Open(string path)
    {
        Dispose();
        string full = Path.Combine(directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        _path = path;
        _handle = File.OpenHandle(full, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        _hash = RandomAccess.GetLength(_handle) == 0 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    }

    private void Finish(FileChunk chunk)
    {
        string found = Convert.ToHexStringLower(_hash?.GetHashAndReset() ?? HashOfAll());
        RandomAccess.FlushToDisk(_handle!); // opened before
        Dispose();
        _path = null;
        if (found != chunk.Sha256)
        {
            File.Delete(Path.Combine(directory, chunk.Path));
            throw new TransferException($"{chunk.Path} has the SHA-256 {found} here and {chunk.Sha256} on the server: it was damaged on the way or there. It was deleted here; do the same again to fetch it anew.");
        }
    }

    private byte[] HashOfAll()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = GC.AllocateUninitializedArray<byte>(BlockBytes);
        for (long at = 0; RandomAccess.Read(_handle!, block, at) is > 0 and int read; at += read)
        {
            hash.AppendData(block, 0, read);
        }

        return hash.GetHashAndReset();
    }
}
