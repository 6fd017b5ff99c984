using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;
using AlignService.Specs.Prompts;
using AlignService.Training.Tests.Fakes;
using Parquet;
using Parquet.Serialization;
using Xunit;

namespace AlignService.Training.Tests.Data.Parquet;

/// <summary>Parquet files that are damaged, hostile, or partly beyond what is read.</summary>
public sealed class ParquetDamageTests : IDisposable
{
    private const int MutationCount = 1_000;
    private const long MaxBytes = 64 << 20;

    private readonly RunFolder _folder = new();

    private static string Foreign => Path.Combine(AppContext.BaseDirectory, "foreign-parquet");

    public static TheoryData<string> Files { get; } = ["duckdb-lists.parquet", "arrow-v2-zstd.parquet", "duckdb-delta-decimals.parquet", "types/duckdb-V2-lz4_raw.parquet", "types/duckdb-V1-gzip.parquet"];

    /// <summary>Whatever a file holds, it is read or refused: no other exception, no memory beyond the budget, no end of the process.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Read_DamagedBytes_ReadsOrRefuses(string name)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(Foreign, name));
        var random = new Random(7);
        int refused = 0;
        for (int i = 0; i < MutationCount / (1 + (whole.Length / 20_000)); i++)
        {
            byte[] damaged = [.. whole];
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                // Half of the changes in the metadata, at the end.
                int at = random.Next(2) == 0 ? random.Next(damaged.Length) : damaged.Length - 1 - random.Next(Math.Min(damaged.Length, 1500));
                damaged[at] = (byte)random.Next(256);
            }

            string file = Path.Combine(_folder.Root, "damaged.parquet");
            File.WriteAllBytes(file, random.Next(8) == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            try
            {
                DataFile.Read(new RowQuery(file, 0), new FilePolicy(["/"], MaxBytes), (row, _) => row, TestContext.Current.CancellationToken);
            }
            catch (DataException)
            {
                refused++;
            }
        }

        Assert.True(refused > 0);
    }

    [Fact]
    public void Read_FileThatIsNoParquet_SaysWhatItIs()
    {
        AssertRefused("a.parquet", "PK\u0003\u0004 and so on"u8.ToArray(), "is a zip archive, where a Parquet file is expected");
        AssertRefused("b.parquet", "version https://git-lfs.github.com/spec/v1\noid sha256:1\n"u8.ToArray(), "is a Git LFS pointer, where a Parquet file is expected");
        AssertRefused("c.parquet", "{\"prompt\": \"a\"}\n"u8.ToArray(), "does not begin and end with PAR1");
        AssertRefused("d.parquet", [.. File.ReadAllBytes(Path.Combine(Foreign, "verl.parquet")).AsSpan(0, 700)], "does not begin and end with PAR1; is it whole?");
        AssertRefused("e.parquet", [], "it is empty");
        AssertRefused("f.parquet", "PARE0000PARE"u8.ToArray(), "is an encrypted Parquet file");
    }

    [Fact]
    public void Read_ParquetWithAnotherExtension_IsRead()
    {
        string file = Path.Combine(_folder.Root, "train.jsonl");
        File.Copy(Path.Combine(Foreign, "verl.parquet"), file);

        Assert.Equal(4, DataFiles.Read(file, 0, (row, _) => row).Count);
    }

    [Theory]
    [InlineData("answer", "0.00", "1.00")]
    [InlineData("ts", "2024-01-01T00:00:00", "2024-01-01T00:00:00")]
    [InlineData("d", "2024-01-02T00:00:00Z", "2024-01-02T00:00:00Z")]
    [InlineData("e", "a", "a")]
    [InlineData("ub", "18446744073709551610", "18446744073709551611")]
    public void Read_DeltaPackedColumns_GivesTheirValues(string column, string first, string second)
    {
        IReadOnlyList<string?> values = DataFiles.Read(Path.Combine(Foreign, "duckdb-delta-decimals.parquet"), 2, (row, _) => row.Scalar(column));

        Assert.Equal([first, second], values);
    }

    [Fact]
    public async Task Load_ColumnThatIsNotUsed_IsPassedOver()
    {
        string file = Path.Combine(_folder.Root, "pictures.parquet");
        await using (FileStream stream = File.Create(file))
        {
            await ParquetSerializer.SerializeAsync([new Picture { Bytes = [0xff, 0xd8], Prompt = "What is it?" }], stream, new ParquetOptions(), cancellationToken: TestContext.Current.CancellationToken);
        }

        PromptSourceConfig source = new() { File = file, PromptField = "Prompt" };

        Assert.Equal("What is it?", Assert.Single(DataFiles.Load(source with { MetadataFields = ["Prompt"] })).Text);
        Assert.Contains("the column \"Bytes\" holds 2 bytes that are not UTF-8 text", Assert.Throws<DataException>(() => DataFiles.Load(source)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private void AssertRefused(string name, byte[] bytes, string expected)
    {
        string file = Path.Combine(_folder.Root, name);
        File.WriteAllBytes(file, bytes);
        Assert.Contains(expected, Assert.Throws<DataException>(() => DataFiles.Read(file, 0, (row, _) => row)).Message, StringComparison.Ordinal);
    }

    private sealed class Picture
    {
        public byte[] Bytes { get; set; } = [];

        public string Prompt { get; set; } = "";
    }
}
