using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Specs.Data;
using Parquet;
using Parquet.Serialization;
using Xunit;

namespace AlignService.Training.Tests.Data.Parquet;

/// <summary>Every type that DuckDB writes, in both page formats and every codec: the rows are those that DuckDB reads (Foreign/README.md).</summary>
public sealed class ParquetTypesTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "foreign-parquet", "types");

    public static TheoryData<string> Files { get; } = [.. Directory.GetFiles(Folder, "*.parquet").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Read_EveryType_GivesTheRowsOfTheWriter(string file)
    {
        JsonObject[] expected = [.. File.ReadLines(Path.Combine(Folder, "rows.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];

        JsonObject[] rows = [.. DataFiles.Read(Path.Combine(Folder, file), 0, (row, _) => Node(row))];

        Assert.Equal(expected.Length, rows.Length);
        foreach ((JsonObject wanted, JsonObject got) in expected.Zip(rows))
        {
            foreach ((string name, JsonNode? value) in wanted)
            {
                Assert.True(Same(name, Expected(value), got[name]), $"{file}, row {wanted["id"]}, {name}: {value?.ToJsonString()} is read as {got[name]?.ToJsonString()}");
            }
        }
    }

    /// <summary>A second opinion on how values look as text, from the library that read Parquet before; it is right about plain pages and columns without lists.</summary>
    [Fact]
    public async Task Read_PlainPages_LooksAsItDid()
    {
        string[] names = ["id", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "d", "f", "b", "day", "tstz", "dec4", "dec9", "id128", "empty"];
        string file = Path.Combine(Folder, "duckdb-V1-snappy.parquet");
        await using FileStream stream = File.OpenRead(file);
        IList<Dictionary<string, object>> before = (await ParquetSerializer.DeserializeUntypedAsync(stream, new ParquetOptions(), 0, TestContext.Current.CancellationToken)).Data;

        IReadOnlyList<DataRow> rows = DataFiles.Read(file, 0, (row, _) => row);

        foreach ((Dictionary<string, object> old, DataRow row) in before.Zip(rows))
        {
            JsonElement json = JsonSerializer.SerializeToElement(old.Where(field => names.Contains(field.Key) && field.Value is not null).ToDictionary());
            Assert.All(names, name => Assert.Equal(json.TryGetProperty(name, out JsonElement value) ? value.GetRawText() : null, row.Value(name)?.GetRawText()));
        }
    }

    private static JsonObject Node(DataRow row) => new(row.Fields.Select(field => KeyValuePair.Create(field, row.Value(field) is { } value ? JsonNode.Parse(value.GetRawText()) : null)));

    /// <summary>Fields without a value are left out.</summary>
    private static JsonNode? Expected(JsonNode? value) => value switch
    {
        JsonObject fields => new JsonObject(fields.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, Expected(field.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Expected)]),
        null => null,
        _ => value.DeepClone(),
    };

    private static bool Same(string name, JsonNode? wanted, JsonNode? got) => (name, wanted, got) switch
    {
        (_, null, null) => true,
        (_, null, _) or (_, _, null) => false,
        ("f", _, _) => (float)wanted.GetValue<double>() == got.GetValue<float>(),
        ("ts" or "tsns" or "tstz", _, _) => Time(wanted) == Time(got),
        ("mp", JsonObject pairs, JsonObject read) => pairs.All(pair => JsonNode.DeepEquals(pair.Value, read[pair.Key])),
        _ => JsonElement.DeepEquals(JsonElement.Parse(wanted.ToJsonString()), JsonElement.Parse(got.ToJsonString())),
    };

    /// <summary>To the 100 ns that .NET knows.</summary>
    private static DateTime Time(JsonNode node)
    {
        string text = node.GetValue<string>();
        int fraction = text.IndexOf('.', StringComparison.Ordinal);
        string cut = fraction >= 0 && !text.EndsWith('Z') ? text[..Math.Min(text.Length, fraction + 8)] : text;
        return DateTime.Parse(cut, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
    }
}
