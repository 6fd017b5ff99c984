using System.Text.Json.Serialization;
using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Training.Tests.Fakes;
using Parquet;
using Parquet.Serialization;
using Xunit;

namespace AlignService.Training.Tests.Data;

public sealed class ParquetRowReaderTests : IDisposable
{
    private readonly RunFolder _folder = new();

    [Fact]
    public async Task Read_NestedRowsOverSeveralRowGroups_GivesThemAsJson()
    {
        string file = await WriteAsync(rowGroupSize: 2, Row("one", 0.5, 1), Row(null, null, 2, ("user", "Hi"), ("assistant", "Hello")), Row("three", 1.5, 3));

        IReadOnlyList<(string?, double?, string?, string?, string)> rows = DataFiles.Read(
            file, 0, (row, _) => (row.Text("prompt"), row.Number("margin"), row.Scalar("level"), row.Scalar("easy"), string.Join('|', row.Value("messages")!.Value.EnumerateArray())));

        Assert.Equal(
            [
                ("one", 0.5, "1", "true", ""),
                (null, null, "2", "true", """{"content":"Hi","role":"user"}|{"content":"Hello","role":"assistant"}"""),
                ("three", 1.5, "3", "true", ""),
            ],
            rows);
    }

    [Fact]
    public async Task Read_Limit_TakesTheFirstRows()
    {
        string file = await WriteAsync(rowGroupSize: 2, Row("one", 0, 1), Row("two", 0, 2), Row("three", 0, 3));

        Assert.Equal(["one", "two", "three"], DataFiles.Read(file, 0, (row, _) => row.Text("prompt")));
        Assert.Equal(["one", "two"], DataFiles.Read(file, 2, (row, _) => row.Text("prompt")));
    }

    [Fact]
    public async Task Load_PromptsFromParquet_AreThoseOfTheSameJsonLines()
    {
        string parquet = await WriteAsync(rowGroupSize: 10, Row("one", 0.5, 1), Row(null, null, 2, ("system", "Be brief."), ("user", "Hi")));
        string lines = _folder.File(
            "prompts.jsonl",
            """{"prompt": "one", "margin": 0.5, "level": 1, "easy": true, "tags": ["a", "b"]}""",
            """{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}], "margin": null, "level": 2, "easy": true}""");

        IReadOnlyList<Prompt> got = DataFiles.Load(new PromptSourceConfig { File = parquet, AnswerField = "level" });
        IReadOnlyList<Prompt> expected = DataFiles.Load(new PromptSourceConfig { File = lines, AnswerField = "level" });

        Assert.Equal(expected.Select(prompt => (prompt.Text, prompt.Answer)), got.Select(prompt => (prompt.Text, prompt.Answer)));
        Assert.Equal(expected[1].Messages!, got[1].Messages!);
        Assert.All(expected.Zip(got), pair => Assert.Equal(pair.First.Metadata, pair.Second.Metadata));
    }

    [Fact]
    public async Task Load_BadRows_ListsThemAllWithRowNumbers()
    {
        string file = await WriteAsync(rowGroupSize: 2, Row("one", 0, 1), Row("", 0, 2), Row("three", 0, 3), Row(null, 0, 4));

        var fault = Assert.Throws<DataException>(() => DataFiles.Load(new PromptSourceConfig { File = file }));

        Assert.Equal(["row 2: \"prompt\" is empty, but text is expected", "row 4: \"messages\" is not a list of at least one message"], fault.Faults);
    }

    public void Dispose() => _folder.Dispose();

    private static FileRow Row(string? prompt, double? margin, long level, params (string Role, string Content)[] messages) => new()
    {
        Prompt = prompt,
        Margin = margin,
        Level = level,
        Messages = [.. messages.Select(message => new FileMessage { Role = message.Role, Content = message.Content })],
    };

    private async Task<string> WriteAsync(int rowGroupSize, params FileRow[] rows)
    {
        string file = Path.Combine(_folder.Root, "rows.parquet");
        await using FileStream stream = File.Create(file);
        await ParquetSerializer.SerializeAsync(rows, stream, new ParquetOptions { RowGroupSize = rowGroupSize }, cancellationToken: TestContext.Current.CancellationToken);
        return file;
    }

    private sealed class FileRow
    {
        [JsonPropertyName("prompt")]
        public string? Prompt { get; init; }

        [JsonPropertyName("margin")]
        public double? Margin { get; init; }

        [JsonPropertyName("level")]
        public long Level { get; init; }

        [JsonPropertyName("easy")]
        public bool Easy { get; init; } = true;

        [JsonPropertyName("messages")]
        public List<FileMessage> Messages { get; init; } = [];

        [JsonPropertyName("tags")]
        public List<string> Tags { get; init; } = ["a", "b"];
    }

    private sealed class FileMessage
    {
        [JsonPropertyName("content")]
        public string Content { get; init; } = "";

        [JsonPropertyName("role")]
        public string Role { get; init; } = "";
    }
}
