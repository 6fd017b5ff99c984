using System.Text;

namespace AlignService.Testing;

/// <summary>
/// Reads a GGUF file byte by byte, as the format's description says, and shares nothing with the writer: version, alignment, order and every length are checked.
/// </summary>
public sealed class GgufReader
{
    private GgufReader(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        Require(Encoding.ASCII.GetString(reader.ReadBytes(4)) == "GGUF", "the magic is not GGUF");
        Require(reader.ReadUInt32() == 3, "the version is not 3");
        ulong tensorCount = reader.ReadUInt64(), keyCount = reader.ReadUInt64();
        for (ulong i = 0; i < keyCount; i++)
        {
            string key = ReadText(reader);
            Require(Metadata.TryAdd(key, ReadValue(reader, reader.ReadUInt32())), $"{key} is there twice");
        }

        Alignment = Metadata.TryGetValue("general.alignment", out object? alignment) ? (uint)alignment : 32;
        List<(string Name, long[] Shape, uint Type, long Offset)> infos = [.. Enumerable.Range(0, (int)tensorCount).Select(_ => ReadInfo(reader))];
        long start = Aligned(reader.BaseStream.Position), expected = 0;
        foreach ((string name, long[] shape, uint type, long offset) in infos)
        {
            long length = LengthOf(shape, type);
            Require(offset == expected, $"{name} begins at {offset} instead of {expected}");
            Require(start + offset + length <= bytes.Length, $"{name} ends beyond the file");
            Tensors.Add(name, new GgufTensorImage(shape, type, bytes.AsMemory((int)(start + offset), (int)length)));
            expected = Aligned(offset + length);
        }

        Require(start + expected == bytes.Length, $"the file has {bytes.Length} bytes instead of {start + expected}");
    }

    public Dictionary<string, object> Metadata { get; } = [];

    public uint Alignment { get; }

    public Dictionary<string, GgufTensorImage> Tensors { get; } = [];

    public static GgufReader Read(string path) => new(File.ReadAllBytes(path));

    public string[] Texts(string key) => [.. ((object[])Metadata[key]).Cast<string>()];

    public T[] Values<T>(string key) => [.. ((object[])Metadata[key]).Cast<T>()];

    private static long LengthOf(long[] shape, uint type)
    {
        long count = shape.Aggregate(1L, (product, size) => product * size);
        return type switch
        {
            0 => 4 * count,
            1 => 2 * count,
            8 => count / 32 * 34,
            _ => throw new InvalidDataException($"type {type} is not expected here"),
        };
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new InvalidDataException(fault);
        }
    }

    private long Aligned(long position) => (position + Alignment - 1) / Alignment * Alignment;

    private static (string Name, long[] Shape, uint Type, long Offset) ReadInfo(BinaryReader reader)
    {
        string name = ReadText(reader);
        uint rank = reader.ReadUInt32();
        long[] fastestFirst = [.. Enumerable.Range(0, (int)rank).Select(_ => (long)reader.ReadUInt64())];
        return (name, [.. fastestFirst.Reverse()], reader.ReadUInt32(), (long)reader.ReadUInt64());
    }

    private static string ReadText(BinaryReader reader) => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(reader.ReadBytes((int)reader.ReadUInt64()));

    private static object ReadValue(BinaryReader reader, uint type)
    {
        switch (type)
        {
            case 4:
                return reader.ReadUInt32();
            case 5:
                return reader.ReadInt32();
            case 6:
                return reader.ReadSingle();
            case 7:
                byte flag = reader.ReadByte();
                Require(flag <= 1, $"{flag} is not a boolean");
                return flag == 1;
            case 8:
                return ReadText(reader);
            case 9:
                uint element = reader.ReadUInt32();
                ulong count = reader.ReadUInt64();
                return Enumerable.Range(0, (int)count).Select(_ => ReadValue(reader, element)).ToArray();
            default:
                throw new InvalidDataException($"value type {type} is not expected here");
        }
    }
}

/// <summary>One tensor of the file.</summary>
/// <param name="Shape">The slowest dimension first.</param>
/// <param name="Type">0: float32, 1: float16, 8: Q8_0.</param>
/// <param name="Bytes">As stored.</param>
public sealed record GgufTensorImage(long[] Shape, uint Type, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The values, of any of the three types.</summary>
    public float[] Values()
    {
        ReadOnlySpan<byte> bytes = Bytes.Span;
        float[] values = new float[Shape.Aggregate(1L, (product, size) => product * size)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Type switch
            {
                0 => BitConverter.ToSingle(bytes[(4 * i)..]),
                1 => (float)BitConverter.ToHalf(bytes[(2 * i)..]),
                _ => (float)BitConverter.ToHalf(bytes[(i / 32 * 34)..]) * (sbyte)bytes[(i / 32 * 34) + 2 + (i % 32)],
            };
        }

        return values;
    }
}
