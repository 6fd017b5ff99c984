using System.IO.Compression;
using System.Text;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;
using AlignService.Training.Tests.Fakes;
using Xunit;
using ZstdSharp;

namespace AlignService.Training.Tests.Data.Formats;

/// <summary>Gzip and Zstandard, whole and damaged, and files that are something else than their name says.</summary>
public sealed class CompressedDataTests : IDisposable
{
    private const string Rows = """
        {"a": "one"}
        {"a": "two"}

        """;

    private readonly RunFolder _folder = new();

    public static TheoryData<string, byte[]> Compressed { get; } = new()
    {
        { "rows.jsonl.gz", Gzip(Rows) },
        { "rows.jsonl.zst", Zstandard(Rows) },
        { "rows.json.gz", Gzip("""[{"a": "one"}, {"a": "two"}]""") },
        { "rows.csv.zst", Zstandard("a\none\ntwo\n") },
        { "rows.tsv.gz", Gzip("a\tb\none\t1\ntwo\t2\n") },
        { "rows.jsonl", Gzip(Rows) }, // by its content
        { "rows.jsonl.gz", Encoding.UTF8.GetBytes(Rows) }, // decompressed when it was downloaded
        { "rows.ndjson.gz", [.. Gzip("{\"a\": \"one\"}\n"), .. Gzip("{\"a\": \"two\"}\n")] }, // of several members
        { "rows.zst", [.. Zstandard("{\"a\": \"one\"}\n"), .. Zstandard("{\"a\": \"two\"}\n")] }, // of several frames
    };

    [Theory]
    [MemberData(nameof(Compressed))]
    public void Read_Compressed_GivesTheRows(string name, byte[] bytes) => Assert.Equal(["one", "two"], DataFiles.Read(Write(name, bytes), 0, (row, _) => row.Text("a")));

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(0.99)]
    public void Read_CutOff_IsRefused(double share)
    {
        string text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $$"""{"a": "{{i * 7919}}"}""" + "\n"));
        foreach ((string name, byte[] bytes) in (ReadOnlySpan<(string, byte[])>)[("cut.jsonl.gz", Gzip(text)), ("cut.jsonl.zst", Zstandard(text))])
        {
            Assert.Throws<DataException>(() => DataFiles.Read(Write(name, bytes[..(int)(bytes.Length * share)]), 0, (row, _) => row.Text("a")));
        }
    }

    /// <summary>A gigabyte of blanks or of one row takes a megabyte or less on disk.</summary>
    [Theory]
    [InlineData("bomb.jsonl.gz", " ")]
    [InlineData("bomb.jsonl.zst", " ")]
    [InlineData("bomb.jsonl.gz", "{\"a\": \"x\"}\n")]
    [InlineData("bomb.csv.zst", "a\n")]
    [InlineData("bomb.json.gz", "[[[[[[[[")]
    public void Read_Bomb_EndsAtTheLimit(string name, string piece)
    {
        const long Limit = 8 << 20;
        string text = string.Concat(Enumerable.Repeat(piece, (int)(4 * Limit / piece.Length)));
        string file = Write(name, name.EndsWith(".gz", StringComparison.Ordinal) ? Gzip(text) : Zstandard(text));
        Assert.True(new FileInfo(file).Length < Limit / 20);

        DataException fault = Assert.Throws<DataException>(() => DataFile.Read(new RowQuery(file, 0), new FilePolicy(["/"], Limit), (row, _) => row, TestContext.Current.CancellationToken));

        Assert.Contains("holds more than 8 MiB, counted after decompression", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.jsonl", new byte[] { (byte)'P', (byte)'K', 3, 4, 0 }, "is a zip archive, where JSON lines are expected")]
    [InlineData("a.csv", new byte[] { (byte)'B', (byte)'Z', (byte)'h', (byte)'9' }, "is a bzip2 file, where CSV is expected")]
    [InlineData("a.tsv", new byte[] { 0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0 }, "is an xz file, where TSV is expected")]
    [InlineData("a.json", new byte[] { 0xFF, 0xFE, (byte)'[', 0 }, "is text in UTF-16, where a JSON list of objects is expected; save it as UTF-8")]
    [InlineData("a.jsonl", new byte[] { (byte)'A', (byte)'R', (byte)'R', (byte)'O', (byte)'W', (byte)'1', 0, 0 }, "is an Arrow file")]
    [InlineData("a.jsonl", new byte[] { (byte)'{', 0, (byte)'}' }, "is a binary file")]
    public void Read_OtherFormats_NamesThem(string name, byte[] bytes, string expected) =>
        Assert.Contains(expected, Assert.Throws<DataException>(() => DataFiles.Read(Write(name, bytes), 0, (row, _) => row)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_CompressedTwiceOrCompressedParquet_SaysSo()
    {
        byte[] parquet = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "foreign-parquet", "verl.parquet"));
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(parquet);
        }

        Assert.Contains("is a Parquet file", Refusal("a.parquet.gz", compressed.ToArray()), StringComparison.Ordinal);
        Assert.Contains("it is compressed twice", Refusal("a.jsonl.gz", Gzip(Encoding.Latin1.GetString(Zstandard(Rows)))), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Gzip(string text)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(text.Any(character => character is > '\u007F' and < '\u0100') ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text));
        }

        return compressed.ToArray();
    }

    private static byte[] Zstandard(string text)
    {
        using var compressor = new Compressor();
        return compressor.Wrap(Encoding.UTF8.GetBytes(text)).ToArray();
    }

    private string Refusal(string name, byte[] bytes) => Assert.Throws<DataException>(() => DataFiles.Read(Write(name, bytes), 0, (row, _) => row)).Message;

    private string Write(string name, byte[] bytes)
    {
        string file = Path.Combine(_folder.Root, name);
        File.WriteAllBytes(file, bytes);
        return file;
    }
}
