using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AlignService.HuggingFace.Safetensors;

/// <summary>Writes safetensors files, in the exact layout of the format's own library: by dtype, then by name; the header padded to 8 bytes.</summary>
public static class SafetensorsWriter
{
    /// <summary>Most tensor bytes in one file; larger weights are split into shards with an index.</summary>
    internal const long LargestShard = 5_000_000_000;

    private const int HeaderAlignment = 8;
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The order of formats in a file: the library puts wide ones first.</summary>
    private static readonly StoredDtype[] FormatOrder =
    [
        StoredDtype.UInt64, StoredDtype.Int64, StoredDtype.Float64, StoredDtype.Float32, StoredDtype.UInt32, StoredDtype.Int32, StoredDtype.BFloat16, StoredDtype.Float16,
        StoredDtype.UInt16, StoredDtype.Int16, StoredDtype.Float8E4M3, StoredDtype.Float8E5M2, StoredDtype.Int8, StoredDtype.UInt8, StoredDtype.Boolean,
    ];

    /// <summary>Writes model.safetensors, or shards and their index, into an existing directory; each file is flushed to disk when this returns.</summary>
    internal static void WriteDirectory(string directory, IReadOnlyList<PendingTensor> tensors, long largestShard = LargestShard)
    {
        List<List<PendingTensor>> shards = Split(tensors, largestShard);
        if (shards.Count == 1)
        {
            WriteFile(Path.Combine(directory, SafetensorsDirectory.SingleFile), tensors);
            return;
        }

        (string Name, IReadOnlyList<PendingTensor> Tensors)[] named = [.. shards.Select((shard, i) => (FileName(i, shards.Count), (IReadOnlyList<PendingTensor>)shard))];
        foreach ((string name, IReadOnlyList<PendingTensor> shard) in named)
        {
            WriteFile(Path.Combine(directory, name), shard);
        }

        ShardIndex.Write(Path.Combine(directory, SafetensorsDirectory.IndexFile), named);
    }

    /// <summary>The name of one of the files of a model's weights.</summary>
    public static string FileName(int index, int count) => count == 1 ? SafetensorsDirectory.SingleFile : $"model-{index + 1:D5}-of-{count:D5}.safetensors";

    /// <summary>Writes a new file; it is flushed to disk when this returns.</summary>
    public static void WriteFile(string path, IReadOnlyList<PendingTensor> tensors)
    {
        PendingTensor[] ordered = [.. tensors.OrderBy(tensor => Array.IndexOf(FormatOrder, tensor.Dtype)).ThenBy(tensor => tensor.Name, StringComparer.Ordinal)];
        byte[] header = Header(ordered);
        using FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        Span<byte> length = stackalloc byte[SafetensorsHeader.PrefixBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (PendingTensor tensor in ordered)
        {
            long end = stream.Position + tensor.ByteCount;
            tensor.Write(stream);
            if (stream.Position != end)
            {
                throw new InvalidOperationException($"{tensor.Name} was written with {stream.Position - end + tensor.ByteCount} bytes instead of {tensor.ByteCount}.");
            }
        }

        stream.Flush(flushToDisk: true);
    }

    private static byte[] Header(PendingTensor[] ordered)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            long begin = 0;
            foreach (PendingTensor tensor in ordered)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", StoredDtypes.HeaderName(tensor.Dtype));
                WriteIntegers(json, "shape", tensor.Shape);
                WriteIntegers(json, "data_offsets", [begin, begin + tensor.ByteCount]);
                json.WriteEndObject();
                begin += tensor.ByteCount;
            }

            json.WriteEndObject();
        }

        while (buffer.Length % HeaderAlignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteIntegers(Utf8JsonWriter json, string name, IReadOnlyList<long> values)
    {
        json.WriteStartArray(name);
        foreach (long value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }

    /// <summary>Splits as huggingface_hub does: a tensor beyond the limit gets its own shard, and the shard being filled continues after it.</summary>
    private static List<List<PendingTensor>> Split(IReadOnlyList<PendingTensor> tensors, long largestShard)
    {
        List<List<PendingTensor>> shards = [];
        List<PendingTensor> filling = [];
        long size = 0;
        foreach (PendingTensor tensor in tensors)
        {
            if (tensor.ByteCount > largestShard)
            {
                shards.Add([tensor]);
                continue;
            }

            if (size + tensor.ByteCount > largestShard)
            {
                shards.Add(filling);
                (filling, size) = ([], 0);
            }

            filling.Add(tensor);
            size += tensor.ByteCount;
        }

        if (filling.Count > 0 || shards.Count == 0)
        {
            shards.Add(filling);
        }

        return shards;
    }
}

/// <summary>One tensor to be written.</summary>
/// <param name="Name">Unique in its checkpoint.</param>
/// <param name="Dtype">Number format in the file.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Write">Writes exactly <see cref="ByteCount"/> bytes, row-major.</param>
public sealed record PendingTensor(string Name, StoredDtype Dtype, IReadOnlyList<long> Shape, Action<Stream> Write)
{
    public long ElementCount => Shape.Aggregate(1L, (product, size) => checked(product * size));

    public long ByteCount => checked(ElementCount * StoredDtypes.ByteCount(Dtype));
}
