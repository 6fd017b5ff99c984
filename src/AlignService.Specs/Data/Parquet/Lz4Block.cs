namespace AlignService.Specs.Data.Parquet;

/// <summary>LZ4's block format (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md).</summary>
internal static class Lz4Block
{
    private const int MinMatch = 4, LongLength = 15;

    /// <summary>Returns how many bytes were written; -1 for a damaged block, or one that holds more.</summary>
    public static int Decompress(ReadOnlySpan<byte> block, Span<byte> target)
    {
        int at = 0, written = 0;
        while (at < block.Length)
        {
            int token = block[at++];
            if (!TryLength(block, token >> 4, ref at, out int literals) || literals > block.Length - at || literals > target.Length - written)
            {
                return -1;
            }

            block.Slice(at, literals).CopyTo(target[written..]);
            at += literals;
            written += literals;
            if (at == block.Length)
            {
                return written; // the last sequence has no match
            }

            if (block.Length - at < 2)
            {
                return -1;
            }

            int offset = block[at] | (block[at + 1] << 8);
            at += 2;
            if (!TryLength(block, token & LongLength, ref at, out int match) || offset == 0 || offset > written || match + MinMatch > target.Length - written)
            {
                return -1;
            }

            for (int i = 0; i < match + MinMatch; i++, written++)
            {
                target[written] = target[written - offset]; // they may overlap
            }
        }

        return -1;
    }

    private static bool TryLength(ReadOnlySpan<byte> block, int start, ref int at, out int length)
    {
        length = start;
        if (start < LongLength)
        {
            return true;
        }

        byte next;
        do
        {
            if (at == block.Length || length > int.MaxValue - 2 * byte.MaxValue)
            {
                return false;
            }

            next = block[at++];
            length += next;
        }
        while (next == byte.MaxValue);
        return true;
    }
}
