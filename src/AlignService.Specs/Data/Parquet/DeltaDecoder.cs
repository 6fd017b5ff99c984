namespace AlignService.Specs.Data.Parquet;

/// <summary>The DELTA encodings (https://github.com/apache/parquet-format/blob/master/Encodings.md).</summary>
internal static class DeltaDecoder
{
    private const int MaxBlockSize = 1 << 20, MaxBitWidth = 64;

    /// <summary>DELTA_BINARY_PACKED: fills the values; returns how many bytes it took.</summary>
    /// <exception cref="ParquetException">It is damaged, or there are fewer values.</exception>
    public static int Numbers(ReadOnlySpan<byte> bytes, Span<long> values)
    {
        int at = 0;
        ulong blockSize = Varint.Read(bytes, ref at), miniCount = Varint.Read(bytes, ref at), count = Varint.Read(bytes, ref at);
        long value = Varint.ReadZigZag(bytes, ref at);
        if (count < (ulong)values.Length || blockSize is 0 or > MaxBlockSize || miniCount == 0 || miniCount > blockSize)
        {
            throw new ParquetException($"delta-packed numbers are damaged: {count} values in blocks of {blockSize}, where {values.Length} are expected");
        }

        if (values.Length == 0)
        {
            return at;
        }

        values[0] = value;
        Span<long> rest = values[1..];
        long[] deltas = new long[blockSize / miniCount];
        while (rest.Length > 0)
        {
            long least = Varint.ReadZigZag(bytes, ref at);
            ReadOnlySpan<byte> widths = Slice(bytes, at, (int)miniCount);
            at += (int)miniCount;
            for (int mini = 0; mini < widths.Length && rest.Length > 0; mini++)
            {
                int width = widths[mini] <= MaxBitWidth ? widths[mini] : throw new ParquetException($"delta-packed numbers of {widths[mini]} bits");
                int size = (int)(((long)deltas.Length * width + 7) / 8), taken = Math.Min(deltas.Length, rest.Length);
                // The last writer's miniblock may be cut where its values end.
                ReadOnlySpan<byte> packed = bytes.Slice(at, Math.Min(size, bytes.Length - at));
                BitUnpacker.Unpack(packed, width, deltas.AsSpan(0, taken));
                at += packed.Length;
                for (int i = 0; i < taken; i++)
                {
                    value = unchecked(value + least + deltas[i]);
                    rest[i] = value;
                }

                rest = rest[taken..];
            }
        }

        return at;
    }

    /// <summary>DELTA_LENGTH_BYTE_ARRAY: fills the texts.</summary>
    /// <exception cref="ParquetException">It is damaged, or there are fewer values.</exception>
    public static void Bytes(ReadOnlyMemory<byte> page, Span<ReadOnlyMemory<byte>> values)
    {
        long[] lengths = new long[values.Length];
        int at = Numbers(page.Span, lengths);
        for (int i = 0; i < lengths.Length; i++)
        {
            int length = Length(lengths[i], page.Length - at);
            values[i] = page.Slice(at, length);
            at += length;
        }
    }

    /// <summary>DELTA_BYTE_ARRAY: each text begins as the one before.</summary>
    /// <param name="page">The page.</param>
    /// <param name="values">Filled.</param>
    /// <param name="allocate">Called with the size of each new text.</param>
    /// <exception cref="ParquetException">It is damaged, or there are fewer values.</exception>
    public static void Prefixed(ReadOnlyMemory<byte> page, Span<ReadOnlyMemory<byte>> values, Action<long> allocate)
    {
        long[] prefixes = new long[values.Length];
        int at = Numbers(page.Span, prefixes);
        Bytes(page[at..], values);
        ReadOnlyMemory<byte> before = default;
        for (int i = 0; i < prefixes.Length; i++)
        {
            int shared = Length(prefixes[i], before.Length);
            if (shared > 0)
            {
                allocate(shared + values[i].Length);
                byte[] whole = new byte[shared + values[i].Length];
                before.Span[..shared].CopyTo(whole);
                values[i].Span.CopyTo(whole.AsSpan(shared));
                values[i] = whole;
            }

            before = values[i];
        }
    }

    private static int Length(long length, int available) =>
        length >= 0 && length <= available ? (int)length : throw new ParquetException($"a text has {length} bytes, where {available} are left");

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> bytes, int at, int length) =>
        length <= bytes.Length - at ? bytes.Slice(at, length) : throw new ParquetException("delta-packed numbers are cut off");
}
