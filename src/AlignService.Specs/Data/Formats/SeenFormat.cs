namespace AlignService.Specs.Data.Formats;

/// <summary>What a file is by its first bytes.</summary>
internal static class SeenFormat
{
    public static bool IsGzip(ReadOnlySpan<byte> begin) => begin.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);

    public static bool IsZstandard(ReadOnlySpan<byte> begin) => begin.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]);

    public static bool IsParquet(ReadOnlySpan<byte> begin) => begin.StartsWith("PAR1"u8);

    /// <summary>The name of a format that holds no rows of text, with its article; null for what may be text.</summary>
    public static string? NameOf(ReadOnlySpan<byte> begin) => begin switch
    {
        _ when IsGzip(begin) => "a gzip file",
        _ when IsZstandard(begin) => "a Zstandard file",
        _ when IsParquet(begin) => "a Parquet file",
        _ when begin.StartsWith("PARE"u8) => "an encrypted Parquet file",
        _ when begin.StartsWith("PK\u0003\u0004"u8) => "a zip archive",
        _ when begin.StartsWith("BZh"u8) => "a bzip2 file",
        _ when begin.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z']) => "an xz file",
        _ when begin.StartsWith((ReadOnlySpan<byte>)[(byte)'7', (byte)'z', 0xBC, 0xAF]) => "a 7-Zip archive",
        _ when begin.StartsWith("ARROW1"u8) || begin.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFF, 0xFF, 0xFF]) => "an Arrow file",
        _ when begin.StartsWith("SQLite format 3"u8) => "an SQLite database",
        _ when begin.StartsWith("%PDF"u8) => "a PDF file",
        _ when begin.StartsWith("version https://git-lfs"u8) => "a Git LFS pointer",
        _ when begin.StartsWith("<!DOCTYPE"u8) || begin.StartsWith("<html"u8) || begin.StartsWith("<?xml"u8) => "a web page or XML",
        _ when begin.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || begin.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) => "text in UTF-16",
        _ when begin.Length > 262 && begin[257..].StartsWith("ustar"u8) => "a tar archive",
        _ when begin.Contains((byte)0) => "a binary file",
        _ => null,
    };

    /// <summary>What to do about a file that is not text.</summary>
    public static string WayOut(ReadOnlySpan<byte> begin) => begin switch
    {
        _ when IsParquet(begin) => "decompress it: Parquet compresses its own pages.",
        _ when IsGzip(begin) || IsZstandard(begin) => "it is compressed twice; decompress it once.",
        _ when begin.StartsWith("version https://git-lfs"u8) => "fetch the file itself with git lfs pull.",
        _ when begin.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || begin.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) => "save it as UTF-8.",
        _ when begin.StartsWith("<"u8) => "was it downloaded from its page, instead of the file?",
        _ => "extract or convert it to JSON lines, CSV or Parquet; .gz and .zst files are read as they are.",
    };
}
