using AlignService.HuggingFace.Weights;

namespace AlignService.HuggingFace.Gguf;

/// <summary>Writes GGUF files, version 3, little-endian: header, metadata, the tensors' descriptions, then their data, each aligned. One row of one tensor is in memory at a time.</summary>
internal static class GgufWriter
{
    internal const int Alignment = 32;
    private const uint Magic = 0x46554747, Version = 3; // "GGUF"
    private const int BufferSize = 1 << 20;

    /// <summary>Writes a new file; it is flushed to disk when this returns.</summary>
    /// <exception cref="CheckpointException">A tensor has values that its type cannot hold; the file is then unusable.</exception>
    internal static void Write(string path, GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors, CancellationToken cancellationToken)
    {
        using FileStream stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize);
        using (var header = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            WriteHeader(header, metadata, tensors);
        }

        var faults = new Dictionary<GgufType, RoundingFaults>();
        foreach (GgufTensor tensor in tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Pad(stream);
            var counts = new RoundingCounts();
            GgufTypes.Format(tensor.Type).Write(tensor.Rows, stream, counts);
            if (!faults.TryGetValue(tensor.Type, out RoundingFaults? ofType))
            {
                faults.Add(tensor.Type, ofType = new RoundingFaults());
            }

            ofType.Add(tensor.Name, counts);
        }

        Pad(stream);
        foreach ((GgufType type, RoundingFaults ofType) in faults)
        {
            ofType.ThrowIfAny(GgufTypes.Name(type));
        }

        stream.Flush(flushToDisk: true);
    }

    private static void WriteHeader(BinaryWriter writer, GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        metadata.WriteTo(writer);
        long offset = 0;
        foreach (GgufTensor tensor in tensors)
        {
            GgufMetadata.WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Count);
            foreach (long size in tensor.Shape.Reverse())
            {
                writer.Write((ulong)size); // the fastest dimension first
            }

            writer.Write((uint)tensor.Type);
            writer.Write((ulong)offset);
            offset += Aligned(tensor.ByteCount);
        }
    }

    private static void Pad(FileStream stream)
    {
        Span<byte> zeros = stackalloc byte[Alignment];
        zeros.Clear();
        stream.Write(zeros[..(int)(Aligned(stream.Position) - stream.Position)]);
    }

    private static long Aligned(long position) => (position + Alignment - 1) / Alignment * Alignment;
}

/// <summary>One tensor of a GGUF file.</summary>
/// <param name="Name">As llama.cpp knows it.</param>
/// <param name="Shape">Sizes, the slowest dimension first.</param>
/// <param name="Type">Number format.</param>
/// <param name="Rows">The values.</param>
internal sealed record GgufTensor(string Name, IReadOnlyList<long> Shape, GgufType Type, WeightRows Rows)
{
    internal long ByteCount => checked(Rows.RowCount * GgufTypes.Format(Type).ByteCount(Rows.ColumnCount));
}
