using AlignService.Specs.Data;
using Parquet;
using Parquet.Serialization;
using Xunit;

namespace AlignService.Training.Tests.Data;

/// <summary>Parquet files that other programs wrote (Foreign/README.md).</summary>
public sealed class ForeignParquetTests
{
    [Fact]
    public void Read_ListsAndMaps_HoldTextsAndNotTheirCharacters() => Assert.Equal(
        [
            """{"id":1,"strs":["x","y"],"ints":[1,2],"nested":[["a"],["b","c"]],"st":{"t":["q","r"]},"ls":[{"role":"user","tags":["m","n"]},{"role":"z","tags":[]}],"mp":{"k":"v","l":"w"},"bl":"bytes"}""",
            """{"id":2,"strs":[null,"q"],"ints":[],"nested":[[],["z"]],"st":{"t":[]},"ls":[],"mp":{},"bl":"x"}""",
            """{"id":3,"ints":[null]}""",
            """{"id":4,"strs":["one"],"ints":[7],"nested":[["s"]],"st":{"t":["u"]},"ls":[{"role":"r","tags":["only"]}],"mp":{"a":"b"},"bl":""}""",
        ],
        Rows("duckdb-lists"));

    [Fact]
    public void Read_SmallCompressedPagesOfFormat2_GivesEveryRow()
    {
        string[] group =
        [
            """{"prompt":"How many \u00E9?","n":1,"i":0,"d":0.5,"b":true,"messages":[{"role":"user","content":"hi \u00E9"},{"role":"assistant","content":"yo"}]}""",
            """{"n":10000000000,"i":2,"messages":[{"role":"user"}]}""",
            """{"prompt":"a","i":3,"d":1E+300,"b":false,"messages":[]}""",
            """{"prompt":"a","n":-4,"i":4,"d":"NaN","b":true}""",
        ];
        Assert.Equal([.. group, group[0].Replace("\"i\":0", "\"i\":1", StringComparison.Ordinal), .. group[1..]], Rows("arrow-v2-zstd"));
    }

    [Fact]
    public void Read_ColumnOfJson_IsItsText() => Assert.Equal(
        ["""{"a":1}""", """{"a":[1,2]}""", null, "{}"],
        DataFiles.Read(File("hyparquet-json"), 0, (row, _) => row.Text("meta")));

    [Fact]
    public async Task Read_BytesThatAreNoText_RefusesTheRow()
    {
        string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.parquet");
        try
        {
            await using (FileStream stream = System.IO.File.Create(file))
            {
                await ParquetSerializer.SerializeAsync([new Picture { Bytes = [0xff, 0xd8] }], stream, new ParquetOptions(), cancellationToken: TestContext.Current.CancellationToken);
            }

            DataException fault = Assert.Throws<DataException>(() => DataFiles.Read(file, 0, (row, _) => row.Text("Bytes")));
            Assert.Contains("2 bytes that are not UTF-8 text", fault.Message, StringComparison.Ordinal);
        }
        finally
        {
            System.IO.File.Delete(file);
        }
    }

    private static IReadOnlyList<string> Rows(string name) => DataFiles.Read(File(name), 0, (row, _) => Json(row));

    private static string Json(DataRow row) => $"{{{string.Join(",", row.Fields.Select(field => $"\"{field}\":{row.Value(field)!.Value.GetRawText()}"))}}}"; // absent fields are not listed

    private static string File(string name) => Path.Combine(AppContext.BaseDirectory, "foreign-parquet", $"{name}.parquet");

    private sealed class Picture
    {
        public byte[] Bytes { get; set; } = [];
    }
}
