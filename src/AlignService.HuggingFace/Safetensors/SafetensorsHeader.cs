using System.Buffers.Binary;
using System.Text.Json;

namespace AlignService.HuggingFace.Safetensors;

/// <summary>
/// The header of a safetensors file: 8 bytes with its length, then JSON. Files are untrusted, so every claim is checked against the file's size before anything is allocated for it.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The bound of the format's own library.</summary>
    internal const long LargestHeader = 100_000_000;

    internal const int PrefixBytes = 8;
    private const string MetadataKey = "__metadata__";

    private SafetensorsHeader(Dictionary<string, StoredTensor> tensors, Dictionary<string, string> metadata, long dataOffset) =>
        (Tensors, Metadata, DataOffset) = (tensors, metadata, dataOffset);

    internal IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    internal IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Offset in the file where the tensors' bytes begin.</summary>
    internal long DataOffset { get; }

    /// <summary>The length that the file's first 8 bytes claim for its JSON, checked against the file.</summary>
    internal static int ReadLength(ReadOnlySpan<byte> prefix, long fileLength, string file)
    {
        if (fileLength < PrefixBytes)
        {
            throw new CheckpointException($"{file} has {fileLength} bytes; a safetensors file starts with {PrefixBytes} bytes for the length of its header. Copy it again.");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LargestHeader || (long)length > fileLength - PrefixBytes)
        {
            throw new CheckpointException(
                $"{file} claims a header of {length} bytes, but the file has {fileLength} (and a header at most {LargestHeader}): it is truncated or not a safetensors file. Copy it again.");
        }

        return (int)length;
    }

    /// <param name="json">The JSON, padding included.</param>
    /// <param name="fileLength">Bytes of the whole file.</param>
    /// <param name="file">For messages.</param>
    internal static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long fileLength, string file)
    {
        try
        {
            var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            Read(json, tensors, metadata, file);
            long dataOffset = PrefixBytes + json.Length;
            CheckLayout(tensors.Values, fileLength - dataOffset, file);
            return new SafetensorsHeader(tensors, metadata, dataOffset);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            throw new CheckpointException($"{file}: the header is not the JSON of a safetensors file: {fault.Message}", fault);
        }
    }

    private static void Read(ReadOnlySpan<byte> json, Dictionary<string, StoredTensor> tensors, Dictionary<string, string> metadata, string file)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
        Expect(ref reader, JsonTokenType.StartObject, file, "the header");
        bool metadataSeen = false;
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (name == MetadataKey)
            {
                if (metadataSeen)
                {
                    throw new CheckpointException($"{file}: the header contains {MetadataKey} twice.");
                }

                metadataSeen = true;
                ReadMetadata(ref reader, metadata, file);
            }
            else if (!tensors.TryAdd(name, ReadTensor(ref reader, name, file)))
            {
                throw new CheckpointException($"{file}: the header describes the tensor {name} twice.");
            }
        }

        if (reader.Read())
        {
            throw new CheckpointException($"{file}: the header continues after its closing brace.");
        }
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata, string file)
    {
        Expect(ref reader, JsonTokenType.StartObject, file, MetadataKey);
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String, file, $"{MetadataKey}.{key}");
            if (!metadata.TryAdd(key, reader.GetString()!))
            {
                throw new CheckpointException($"{file}: {MetadataKey} has the key {key} twice.");
            }
        }
    }

    private static StoredTensor ReadTensor(ref Utf8JsonReader reader, string name, string file)
    {
        Expect(ref reader, JsonTokenType.StartObject, file, name);
        string? dtypeName = null;
        List<long>? shape = null, offsets = null;
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            switch (key)
            {
                case "dtype" when dtypeName is null:
                    Expect(ref reader, JsonTokenType.String, file, $"{name}.dtype");
                    dtypeName = reader.GetString()!;
                    break;
                case "shape" when shape is null:
                    shape = ReadIntegers(ref reader, $"{name}.shape", file);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadIntegers(ref reader, $"{name}.data_offsets", file);
                    break;
                default:
                    throw new CheckpointException($"{file}: the tensor {name} has the key {key} twice or misplaced; it must have dtype, shape and data_offsets.");
            }
        }

        if (dtypeName is null || shape is null || offsets is not [long begin, long end])
        {
            throw new CheckpointException($"{file}: the tensor {name} needs dtype, shape and data_offsets (two numbers).");
        }

        return StoredDtypes.TryParse(dtypeName, out StoredDtype dtype)
            ? new StoredTensor(name, dtype, shape, begin, end)
            : throw new CheckpointException($"{file}: the tensor {name} has the unknown dtype {dtypeName}; weights are F32, BF16 or F16.");
    }

    private static List<long> ReadIntegers(ref Utf8JsonReader reader, string what, string file)
    {
        const int MostDimensions = 16;
        Expect(ref reader, JsonTokenType.StartArray, file, what);
        var values = new List<long>();
        while (Next(ref reader) != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < 0 || values.Count == MostDimensions)
            {
                throw new CheckpointException($"{file}: {what} must be a list of at most {MostDimensions} whole numbers from 0 to 2^63 - 1.");
            }

            values.Add(value);
        }

        return values;
    }

    /// <summary>Checks that the tensors cover the data exactly: no gap, no overlap, nothing beyond the end, each as long as its shape requires.</summary>
    private static void CheckLayout(IEnumerable<StoredTensor> tensors, long dataLength, string file)
    {
        long position = 0;
        foreach (StoredTensor tensor in tensors.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End))
        {
            if (tensor.End > dataLength)
            {
                throw new CheckpointException(
                    $"{file}: the tensor {tensor.Name} ends at byte {tensor.End} of the data, but the file holds {dataLength}: it is truncated or wrong. Copy it again.");
            }

            if (tensor.Begin != position || tensor.End < tensor.Begin)
            {
                string fault = tensor.Begin < position ? "overlaps another tensor" : "leaves a gap or ends before it begins";
                throw new CheckpointException($"{file}: the tensor {tensor.Name} at bytes {tensor.Begin} to {tensor.End} {fault}; expected it to begin at {position}.");
            }

            if (SizeOf(tensor) != tensor.End - tensor.Begin)
            {
                throw new CheckpointException($"{file}: the tensor {tensor.Name}, {tensor.Describe()}, has {tensor.End - tensor.Begin} bytes, which does not match its shape.");
            }

            position = tensor.End;
        }

        if (position != dataLength)
        {
            throw new CheckpointException($"{file}: the tensors cover {position} bytes of data, but the file holds {dataLength}.");
        }
    }

    /// <summary>Bytes of the tensor according to its shape; -1 where that exceeds 2^63.</summary>
    private static long SizeOf(StoredTensor tensor)
    {
        Int128 size = StoredDtypes.ByteCount(tensor.Dtype);
        foreach (long dimension in tensor.Shape)
        {
            size *= dimension;
            if (size > long.MaxValue)
            {
                return tensor.Shape.Contains(0) ? 0 : -1;
            }
        }

        return (long)size;
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader) =>
        reader.Read() ? reader.TokenType : throw new JsonException("it ends too early");

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string file, string what)
    {
        if (Next(ref reader) != type)
        {
            throw new CheckpointException($"{file}: {what} is {reader.TokenType}, expected {type}.");
        }
    }
}
