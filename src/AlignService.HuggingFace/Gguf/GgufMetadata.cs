using System.Text;

namespace AlignService.HuggingFace.Gguf;

/// <summary>The key-value pairs of a GGUF file, in the order in which they were added.</summary>
internal sealed class GgufMetadata
{
    private const uint UInt32Type = 4, Int32Type = 5, Float32Type = 6, BoolType = 7, StringType = 8, ArrayType = 9;

    private readonly List<(string Key, uint Type, Action<BinaryWriter> Write)> _pairs = [];

    internal int Count => _pairs.Count;

    internal void Add(string key, string value) => _pairs.Add((key, StringType, writer => WriteText(writer, value)));

    internal void Add(string key, int value) => Add(key, checked((uint)value));

    internal void Add(string key, uint value) => _pairs.Add((key, UInt32Type, writer => writer.Write(value)));

    internal void Add(string key, double value) => _pairs.Add((key, Float32Type, writer => writer.Write((float)value)));

    internal void Add(string key, bool value) => _pairs.Add((key, BoolType, writer => writer.Write(value)));

    internal void Add(string key, IReadOnlyCollection<string> values) => AddArray(key, StringType, values, WriteText);

    internal void Add(string key, IReadOnlyCollection<float> values) => AddArray(key, Float32Type, values, (writer, value) => writer.Write(value));

    internal void Add(string key, IReadOnlyCollection<int> values) => AddArray(key, Int32Type, values, (writer, value) => writer.Write(value));

    internal void WriteTo(BinaryWriter writer)
    {
        foreach ((string key, uint type, Action<BinaryWriter> write) in _pairs)
        {
            WriteText(writer, key);
            writer.Write(type);
            write(writer);
        }
    }

    /// <summary>A string of the format: its length in bytes as 64 bits, then UTF-8.</summary>
    internal static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private void AddArray<T>(string key, uint elementType, IReadOnlyCollection<T> values, Action<BinaryWriter, T> writeOne)
    {
        _pairs.Add((key, ArrayType, Write));

        void Write(BinaryWriter writer)
        {
            writer.Write(elementType);
            writer.Write((ulong)values.Count);
            foreach (T value in values)
            {
                writeOne(writer, value);
            }
        }
    }
}
