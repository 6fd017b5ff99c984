using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace AlignService.Testing;

/// <summary>A tensor of a file as torch.save writes it.</summary>
/// <param name="Name">In the state dict.</param>
/// <param name="StorageType">Such as FloatStorage.</param>
/// <param name="Storage">Name of its block of numbers.</param>
/// <param name="Shape">Sizes.</param>
public sealed record TorchEntry(string Name, string StorageType, string Storage, IReadOnlyList<long> Shape)
{
    public long Offset { get; init; }

    /// <summary>null: contiguous.</summary>
    public IReadOnlyList<long>? Stride { get; init; }

    /// <summary>Numbers that the storage is said to have; null: as many as the shape.</summary>
    public long? StorageCount { get; init; }
}

/// <summary>Writes files of torch.save, right ones and wrong ones: a zip archive of a pickle and of the storages.</summary>
public static class TorchFileWriter
{
    /// <summary>The pickle of a state dict, as torch.save (protocol 2) writes it.</summary>
    public static byte[] Pickle(IEnumerable<TorchEntry> tensors)
    {
        var pickle = new MemoryStream();
        Write(pickle, "\u0080\u0002ccollections\nOrderedDict\nq\0)Rq\u0001(");
        foreach (TorchEntry tensor in tensors)
        {
            WriteText(pickle, tensor.Name);
            Write(pickle, "ctorch._utils\n_rebuild_tensor_v2\n((");
            WriteText(pickle, "storage");
            Write(pickle, $"ctorch\n{tensor.StorageType}\n");
            WriteText(pickle, tensor.Storage);
            WriteText(pickle, "cpu");
            WriteNumber(pickle, tensor.StorageCount ?? tensor.Shape.Aggregate(1L, (product, size) => product * size));
            Write(pickle, "tQ");
            WriteNumber(pickle, tensor.Offset);
            WriteTuple(pickle, tensor.Shape);
            WriteTuple(pickle, tensor.Stride ?? Contiguous(tensor.Shape));
            Write(pickle, "\u0089ccollections\nOrderedDict\n)RtR");
        }

        // The modules' versions, which a state dict carries beside its tensors.
        Write(pickle, "u}");
        WriteText(pickle, "_metadata");
        Write(pickle, "ccollections\nOrderedDict\n)R(");
        WriteText(pickle, "");
        Write(pickle, "}");
        WriteText(pickle, "version");
        Write(pickle, "K\u0001susb.");
        return pickle.ToArray();
    }

    /// <param name="path">A new file.</param>
    /// <param name="pickle">Its data.pkl.</param>
    /// <param name="storages">By name.</param>
    /// <param name="compression">torch compresses nothing.</param>
    public static void Write(string path, byte[] pickle, IReadOnlyDictionary<string, byte[]> storages, CompressionLevel compression = CompressionLevel.NoCompression) =>
        WriteArchive(path, [("archive/data.pkl", pickle), ("archive/byteorder", "little"u8.ToArray()), .. storages.Select(storage => ($"archive/data/{storage.Key}", storage.Value)), ("archive/version", "3\n"u8.ToArray())], compression);

    public static void WriteArchive(string path, IEnumerable<(string Name, byte[] Bytes)> entries, CompressionLevel compression = CompressionLevel.NoCompression)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        foreach ((string name, byte[] bytes) in entries)
        {
            using Stream entry = archive.CreateEntry(name, compression).Open();
            entry.Write(bytes);
        }
    }

    private static long[] Contiguous(IReadOnlyList<long> shape) => [.. shape.Select((_, i) => shape.Skip(i + 1).Aggregate(1L, (product, size) => product * size))];

    private static void WriteTuple(MemoryStream pickle, IReadOnlyList<long> items)
    {
        Write(pickle, "(");
        foreach (long item in items)
        {
            WriteNumber(pickle, item);
        }

        Write(pickle, "t");
    }

    private static void WriteNumber(MemoryStream pickle, long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        switch (value)
        {
            case >= 0 and < 256:
                Write(pickle, "K");
                pickle.Write(bytes[..1]);
                break;
            case >= int.MinValue and <= int.MaxValue:
                Write(pickle, "J");
                pickle.Write(bytes[..4]);
                break;
            default:
                Write(pickle, "\u008A\b");
                pickle.Write(bytes);
                break;
        }
    }

    private static void WriteText(MemoryStream pickle, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Write(pickle, "X");
        pickle.Write(length);
        pickle.Write(bytes);
    }

    private static void Write(MemoryStream pickle, string latin1) => pickle.Write(Encoding.Latin1.GetBytes(latin1));
}
