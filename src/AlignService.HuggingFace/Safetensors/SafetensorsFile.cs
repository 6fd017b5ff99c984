using System.IO.MemoryMappedFiles;

namespace AlignService.HuggingFace.Safetensors;

/// <summary>A safetensors file mapped into memory: its tensors are read without a second copy.</summary>
internal sealed unsafe class SafetensorsFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafetensorsHeader _header;
    private readonly byte* _start;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, SafetensorsHeader header, byte* start)
    {
        (Path, _map, _view, _header) = (path, map, view, header);
        _start = start;
    }

    internal string Path { get; }

    internal IReadOnlyDictionary<string, StoredTensor> Tensors => _header.Tensors;

    internal IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <exception cref="CheckpointException">The file is missing or not a complete, well-formed safetensors file.</exception>
    internal static SafetensorsFile Open(string path)
    {
        string name = System.IO.Path.GetFileName(path);
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            long length = stream.Length;
            byte[] prefix = new byte[SafetensorsHeader.PrefixBytes];
            stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
            int headerLength = SafetensorsHeader.ReadLength(prefix, length, name);
            return Map(path, name, stream, length, headerLength);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>Where the stored bytes are mapped; valid while the file is open, and never written to.</summary>
    internal nint Address(StoredTensor stored) => (nint)(_start + _header.DataOffset + stored.Begin);

    /// <summary>The stored bytes, valid while the file is open.</summary>
    internal ReadOnlySpan<byte> Bytes(StoredTensor stored, long offset, int count) =>
        new(_start + _header.DataOffset + stored.Begin + offset, count);

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private static SafetensorsFile Map(string path, string name, FileStream stream, long length, int headerLength)
    {
        MemoryMappedFile map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor? view = null;
        byte* start = null;
        try
        {
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            start += view.PointerOffset;
            SafetensorsHeader header = SafetensorsHeader.Parse(new ReadOnlySpan<byte>(start + SafetensorsHeader.PrefixBytes, headerLength), length, name);
            return new SafetensorsFile(path, map, view, header, start);
        }
        catch
        {
            if (start is not null)
            {
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            }

            view?.Dispose();
            map.Dispose();
            throw;
        }
    }
}
