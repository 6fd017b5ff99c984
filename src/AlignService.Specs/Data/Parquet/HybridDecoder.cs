namespace AlignService.Specs.Data.Parquet;

/// <summary>Runs of one number, and packed numbers of few bits (RLE/bit-packing hybrid).</summary>
internal static class HybridDecoder
{
    private const int MaxBitWidth = 32;

    /// <summary>Fills the values.</summary>
    /// <exception cref="ParquetException">There are fewer.</exception>
    public static void Decode(ReadOnlySpan<byte> bytes, int bitWidth, Span<int> values)
    {
        if (bitWidth is < 0 or > MaxBitWidth)
        {
            throw new ParquetException($"numbers of {bitWidth} bits; at most {MaxBitWidth} are allowed");
        }

        int at = 0, filled = 0;
        while (filled < values.Length)
        {
            ulong header = Varint.Read(bytes, ref at);
            if ((header & 1) == 0)
            {
                int run = (int)Math.Min(header >> 1, (ulong)(values.Length - filled));
                values.Slice(filled, run).Fill(Number(bytes, (bitWidth + 7) / 8, ref at));
                filled += run;
                if (run == 0)
                {
                    throw new ParquetException("a run of no values");
                }
            }
            else
            {
                ulong count = (header >> 1) * 8;
                int taken = (int)Math.Min(count, (ulong)(values.Length - filled));
                BitUnpacker.Unpack(bytes[at..], bitWidth, values.Slice(filled, taken));
                filled += taken;
                at += (int)Math.Min((ulong)(bytes.Length - at), (header >> 1) * (ulong)bitWidth);
                if (taken == 0)
                {
                    throw new ParquetException("a run of no values");
                }
            }
        }
    }

    private static int Number(ReadOnlySpan<byte> bytes, int size, ref int at)
    {
        int value = 0;
        for (int i = 0; i < size; i++)
        {
            value |= (at < bytes.Length ? bytes[at++] : throw new ParquetException("a run is cut off")) << (8 * i);
        }

        return value;
    }
}

/// <summary>Numbers of few bits, the lowest first.</summary>
internal static class BitUnpacker
{
    /// <exception cref="ParquetException">There are fewer bits.</exception>
    public static void Unpack(ReadOnlySpan<byte> bytes, int bitWidth, Span<int> values)
    {
        Span<long> wide = values.Length <= 1024 ? stackalloc long[values.Length] : new long[values.Length];
        Unpack(bytes, bitWidth, wide);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (int)wide[i];
        }
    }

    /// <exception cref="ParquetException">There are fewer bits.</exception>
    public static void Unpack(ReadOnlySpan<byte> bytes, int bitWidth, Span<long> values)
    {
        if (((long)values.Length * bitWidth + 7) / 8 > bytes.Length)
        {
            throw new ParquetException("packed numbers are cut off");
        }

        UInt128 window = 0;
        int bits = 0, at = 0;
        UInt128 mask = (UInt128.One << bitWidth) - 1;
        for (int i = 0; i < values.Length; i++)
        {
            while (bits < bitWidth)
            {
                window |= (UInt128)bytes[at++] << bits;
                bits += 8;
            }

            values[i] = (long)(ulong)(window & mask);
            window >>= bitWidth;
            bits -= bitWidth;
        }
    }
}
