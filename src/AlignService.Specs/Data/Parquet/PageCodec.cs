using System.IO.Compression;
using Snappier;
using ZstdSharp;

namespace AlignService.Specs.Data.Parquet;

/// <summary>How pages are compressed.</summary>
internal enum PageCodec
{
    None = 0,
    Snappy = 1,
    Gzip = 2,
    Lzo = 3,
    Brotli = 4,
    Lz4Hadoop = 5,
    Zstandard = 6,
    Lz4 = 7,
}

/// <summary>Decompresses pages.</summary>
internal static class PageCompression
{
    /// <summary>A page's bytes; as many as its header says, or it is damaged.</summary>
    /// <exception cref="ParquetException">The codec is not supported, or there are fewer or more bytes.</exception>
    public static byte[] Decompress(PageCodec codec, ReadOnlySpan<byte> compressed, int length)
    {
        byte[] page = new byte[length];
        int written = codec switch
        {
            _ when length == 0 => 0,
            PageCodec.Snappy => Snappy.GetUncompressedLength(compressed) <= length ? Snappy.Decompress(compressed, page) : -1,
            PageCodec.Zstandard => Unzstd(compressed, page),
            PageCodec.Gzip => Unzip(compressed, page),
            PageCodec.Brotli => BrotliDecoder.TryDecompress(compressed, page, out int count) ? count : -1,
            PageCodec.Lz4 => Lz4Block.Decompress(compressed, page),
            _ => throw new ParquetException($"it is compressed with {codec}, which is not read; write it with snappy or zstd"),
        };
        return written == length ? page : throw new ParquetException($"a page has not the {length} bytes that its header says");
    }

    private static int Unzstd(ReadOnlySpan<byte> compressed, byte[] page)
    {
        using Decompressor decompressor = new();
        return decompressor.TryUnwrap(compressed, page, out int written) ? written : -1;
    }

    private static int Unzip(ReadOnlySpan<byte> compressed, byte[] page)
    {
        using GZipStream stream = new(new MemoryStream(compressed.ToArray()), CompressionMode.Decompress);
        int written = stream.ReadAtLeast(page, page.Length, throwOnEndOfStream: false);
        return stream.ReadByte() < 0 ? written : -1;
    }
}

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
