using System.Security.Cryptography;
using AlignService.Specs.Violations;
using Microsoft.Win32.SafeHandles;

namespace AlignService.Store.Resources;

/// <summary>
/// Writes the bytes of one upload, in whatever order of files; within a file they come in order. Holds the upload's lock: there is one writer, in whichever process. What was
/// written stays when the writer ends, so that another can continue.
/// </summary>
public sealed class UploadWriter : IDisposable
{
    private readonly Upload _upload;
    private readonly FileStream _lock;
    private readonly UploadTurns.Turn _turn;
    private OpenPart? _current;

    internal UploadWriter(Upload upload, FileStream @lock, UploadTurns.Turn turn) => (_upload, _lock, _turn) = (upload, @lock, turn);

    /// <summary>Cancelled when another call takes the upload over.</summary>
    public CancellationToken TakenOver => _turn.TakenOver;

    public Upload Upload => _upload;

    /// <summary>Writes what is not there yet; bytes that are there are passed over, for another writer may have brought them since this one's client asked.</summary>
    /// <param name="path">Of a declared file.</param>
    /// <param name="offset">How many bytes of the file come before these: no more than were received.</param>
    /// <param name="data">At least one byte.</param>
    /// <exception cref="InvalidRequestException">The bytes do not belong there, or, with the last of a file, its checksum is another; the file then begins anew.</exception>
    /// <exception cref="IOException">The disk took them not, or only in part.</exception>
    public void Write(string path, long offset, ReadOnlySpan<byte> data)
    {
        if (_current?.File.Path != path)
        {
            Close();
            (StoredFile file, int index) = Find(path);
            if (_upload.IsComplete(file))
            {
                _ = OpenPart.Missing(file, file.Bytes, offset, data);
                return;
            }

            _current = new OpenPart(file, _upload.PartOf(index));
        }

        _current.Write(offset, data);
        if (_current.IsWhole)
        {
            Complete(_current);
        }
    }

    /// <exception cref="UploadIncompleteException">Bytes are missing.</exception>
    public void RequireComplete()
    {
        Close();

        // Whole, but not yet compared: the server ended just then, or the disk did not take the rename.
        foreach ((FileProgress progress, StoredFile file) in _upload.Progress.Zip(_upload.Files.Files).Where(pair => pair.First.Received == pair.Second.Bytes && !_upload.IsComplete(pair.Second)))
        {
            Complete(new OpenPart(file, _upload.PartOf(Find(progress.Path).Index)));
        }

        FileProgress[] open = [.. _upload.Progress.Zip(_upload.Files.Files).Where(pair => !_upload.IsComplete(pair.Second)).Select(pair => pair.First)];
        if (open.Length > 0)
        {
            throw new UploadIncompleteException(
                $"{open.Length} of {_upload.Files.Files.Count} files are not complete, the first is {open[0].Path} with {open[0].Received} of {_upload.Files.Find(open[0].Path)!.Bytes} bytes; send the rest, "
                + "and end the stream when all is sent. Beginning the upload again says what is there.");
        }
    }

    public void Dispose()
    {
        Close();
        _lock.Dispose();
        _turn.Dispose();
    }

    private (StoredFile File, int Index) Find(string path)
    {
        int index = _upload.Files.Files.TakeWhile(file => file.Path != path).Count();
        return index < _upload.Files.Files.Count
            ? (_upload.Files.Files[index], index)
            : throw new InvalidRequestException("chunk.path", $"\"{path}\" is not a file that the upload declared; begin an upload that declares it.");
    }

    private void Complete(OpenPart part)
    {
        _current = null;
        string found = part.Finish();
        if (found != part.File.Sha256)
        {
            File.Delete(part.Path);
            throw new InvalidRequestException("chunk.data", $"{part.File.Path} has the SHA-256 {found}, not {part.File.Sha256} as declared: it changed while it was sent, or on the way. Its bytes were dropped; send it again from the start.");
        }

        string place = _upload.PlaceOf(part.File);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.Move(part.Path, place);
    }

    private void Close()
    {
        _current?.Dispose();
        _current = null;
    }

    /// <summary>A file that is being received. Its checksum is computed on the way where that began with its first byte, else when it is whole.</summary>
    private sealed class OpenPart : IDisposable
    {
        private const int BlockBytes = 1 << 18;

        private readonly SafeFileHandle _handle;
        private readonly IncrementalHash? _hash;
        private long _received;

        public OpenPart(StoredFile file, string path)
        {
            File = file;
            Path = path;
            _handle = System.IO.File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            _received = RandomAccess.GetLength(_handle);
            _hash = _received == 0 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        }

        public StoredFile File { get; }

        public string Path { get; }

        public bool IsWhole => _received == File.Bytes;

        /// <summary>What of the bytes is not there yet.</summary>
        /// <exception cref="InvalidRequestException">They do not belong there.</exception>
        public static ReadOnlySpan<byte> Missing(StoredFile file, long received, long offset, ReadOnlySpan<byte> data)
        {
            if (offset < 0 || offset > received)
            {
                throw new InvalidRequestException("chunk.offset", $"it is {offset}, but {received} bytes of {file.Path} were received; send the bytes of a file in order, from there.");
            }

            if (data.IsEmpty || data.Length > file.Bytes - offset)
            {
                throw new InvalidRequestException("chunk.data", $"it has {data.Length} bytes from {offset}, but {file.Path} was declared with {file.Bytes}; send at least one, and no more than there are.");
            }

            return data[(int)Math.Min(received - offset, data.Length)..];
        }

        public void Write(long offset, ReadOnlySpan<byte> data)
        {
            data = Missing(File, _received, offset, data);
            RandomAccess.Write(_handle, data, _received);
            _hash?.AppendData(data);
            _received += data.Length;
        }

        public string Finish()
        {
            try
            {
                return Convert.ToHexStringLower(_hash?.GetHashAndReset() ?? HashOfAll());
            }
            finally
            {
                Dispose();
            }
        }

        public void Dispose()
        {
            _handle.Dispose();
            _hash?.Dispose();
        }

        private byte[] HashOfAll()
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            byte[] block = GC.AllocateUninitializedArray<byte>(BlockBytes);
            for (long at = 0; RandomAccess.Read(_handle, block, at) is > 0 and int read; at += read)
            {
                hash.AppendData(block, 0, read);
            }

            return hash.GetHashAndReset();
        }
    }
}
