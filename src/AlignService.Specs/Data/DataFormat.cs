using System.IO.Compression;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;
using AlignService.Specs.Data.Parquet;
using ZstdSharp;

namespace AlignService.Specs.Data;

/// <summary>
/// The rows of a file, in the format given by its extension: .parquet, .csv, .tsv, .json (a list, or one object per line), and one JSON object per line for any other. Gzip and Zstandard
/// are recognised by their first bytes; a Parquet file too.
/// </summary>
internal static class DataFormat
{
    private const int MagicLength = 512;

    /// <exception cref="DataException">The file as a whole cannot be read.</exception>
    public static IEnumerable<RowEntry> Read(OpenFile file, RowQuery query, DataBudget budget)
    {
        byte[] begin = new byte[MagicLength];
        ReadOnlyMemory<byte> magic = begin.AsMemory(0, RandomAccess.Read(file.Handle, begin, 0));
        return SeenFormat.IsParquet(magic.Span) || DataExtension.Of(file.Path) == ".parquet" && SeenFormat.NameOf(magic.Span) is null
            ? ParquetRows.Read(file, query, budget)
            : ReadText(file, magic, budget);
    }

    private static IEnumerable<RowEntry> ReadText(OpenFile file, ReadOnlyMemory<byte> magic, DataBudget budget)
    {
        using FileStream bytes = new(file.Handle, FileAccess.Read);
        using Stream stream = new BudgetStream(Decompressed(bytes, magic.Span), file.Path, budget);
        LineReader lines = new(stream, file.Path);
        if (SeenFormat.NameOf(lines.Peek()) is { } seen)
        {
            throw new DataException($"{Shown.Value(file.Path)} is {seen}, where {Expected(DataExtension.Of(file.Path))} expected; {SeenFormat.WayOut(lines.Peek())}");
        }

        foreach (RowEntry row in ReaderOf(file.Path).Read(lines))
        {
            yield return row;
        }
    }

    private static Stream Decompressed(FileStream bytes, ReadOnlySpan<byte> magic) =>
        SeenFormat.IsGzip(magic) ? new GZipStream(bytes, CompressionMode.Decompress)
        : SeenFormat.IsZstandard(magic) ? new DecompressionStream(bytes)
        : bytes;

    private static IRowReader ReaderOf(string file) => DataExtension.Of(file) switch
    {
        ".csv" => new DelimitedReader(','),
        ".tsv" => new DelimitedReader('\t'),
        _ => new JsonReader(),
    };

    private static string Expected(string extension) => extension switch
    {
        ".csv" => "CSV is",
        ".tsv" => "TSV is",
        ".json" => "a JSON list of objects is",
        ".parquet" => "a Parquet file is",
        _ => "JSON lines are",
    };
}
