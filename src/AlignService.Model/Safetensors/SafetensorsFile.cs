using System.IO.MemoryMappedFiles;
using AlignService.Model.Native;
using static TorchSharp.torch;

namespace AlignService.Model.Safetensors;

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

    /// <exception cref="CheckpointException">The file is absent or not a whole, well-formed safetensors file.</exception>
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

    /// <summary>Fills a tensor of any float dtype, contiguous and of the stored shape, with the stored values.</summary>
    internal void ReadInto(StoredTensor stored, Tensor target)
    {
        using Tensor mapped = View(stored);
        target.copy_(mapped);
    }

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

    /// <summary>A tensor over the mapped bytes themselves; never to be written to, nor to outlive the file.</summary>
    private Tensor View(StoredTensor stored)
    {
        int rank = stored.Shape.Count;
        long* sizes = stackalloc long[rank], strides = stackalloc long[rank];
        long stride = 1;
        for (int i = rank - 1; i >= 0; i--)
        {
            (sizes[i], strides[i]) = (stored.Shape[i], stride);
            stride *= Math.Max(1, stored.Shape[i]);
        }

        int dtype = (int)StoredDtypes.ToScalarType(stored.Dtype);
        nint data = (nint)(_start + _header.DataOffset + stored.Begin);
        NativeDispatcher.Check(NativeMethods.TensorFromBlob(data, rank, sizes, strides, 0, dtype, deviceType: 0, deviceIndex: 0, out nint handle), "aoti_torch_create_tensor_from_blob");
        return Tensor.UnsafeCreateTensor(handle);
    }
}
