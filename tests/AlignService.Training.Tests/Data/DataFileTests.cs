using System.Text.Json;
using AlignService.Specs.Data;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Data;

public sealed class DataFileTests : IDisposable
{
    private readonly RunFolder _folder = new();

    [Theory]
    [InlineData("rows.jsonl")]
    [InlineData("rows.txt")]
    [InlineData("rows.json")]
    public void Read_ObjectPerLine_GivesRowsInOrder(string name)
    {
        string file = _folder.File(name, """{"a": 1}""", "", """{"a": 2}""");

        Assert.Equal([(1.0, 0), (2.0, 1)], DataFiles.Read(file, 0, (row, index) => (row.Number("a")!.Value, index)));
    }

    [Fact]
    public void Read_JsonList_GivesItsEntries()
    {
        string file = _folder.File("rows.json", "  ", "[", """{"a": "x"},""", """{"a": "y"}""", "]");

        Assert.Equal(["x", "y"], DataFiles.Read(file, 0, (row, _) => row.Text("a")));
        Assert.Equal(["x"], DataFiles.Read(file, 1, (row, _) => row.Text("a")));
    }

    [Fact]
    public void Read_BrokenJsonList_SaysWhere()
    {
        string file = _folder.File("rows.json", "[", """{"a": "x"}""", """{"a": "y"}""", "]");

        Assert.Contains("starts like a JSON list, but is not JSON", Assert.Throws<DataException>(() => DataFiles.Read(file, 0, (row, _) => row.Text("a"))).Message);
    }

    [Fact]
    public void Read_FaultyRows_ListsAllWithTheirPlaces()
    {
        string lines = _folder.File("rows.jsonl", """{"a": 1}""", """{"a": "one"}""", "", """{"a": """, "[1]");
        string list = _folder.File("rows.json", """[{"a": 1}, 2, {"a": true}]""");

        var inLines = Assert.Throws<DataException>(() => DataFiles.Read(lines, 0, (row, _) => row.Number("a")));
        var inList = Assert.Throws<DataException>(() => DataFiles.Read(list, 0, (row, _) => row.Number("a")));

        Assert.Contains("3 of 4 rows cannot be used", inLines.Message);
        Assert.Equal(["line 2", "line 4", "line 5"], inLines.Faults.Select(fault => fault.Split(':')[0]));
        Assert.Equal(["entry 2: a JSON number, but an object is expected", "entry 3: \"a\" is true, but a finite number is expected"], inList.Faults);
    }

    [Fact]
    public void Messages_WithMoreThanRoleAndContent_KeepAllButNulls()
    {
        string file = _folder.File(
            "rows.jsonl",
            """{"m": [{"role": "user", "content": "a", "tool_calls": null, "reasoning": "", "weight": 1.50}]}""",
            """{"m": [{"tool_calls": [{"name": "f", "arguments": {"ä": "<b>"}}], "role": "assistant", "content": null}, {"role": "tool", "content": "", "name": "f"}]}""");

        IReadOnlyList<PromptMessage>[] rows = [.. DataFiles.Read(file, 0, (row, _) => row.Messages("m")!)];

        PromptMessage weighted = Assert.Single(rows[0]);
        Assert.Equal("""{"reasoning":"","weight":1.50}""", weighted.FieldsJson);
        Assert.False(weighted.HasField("reasoning"));
        Assert.True(weighted.HasField("weight"));
        Assert.Equal([("assistant", null), ("tool", "")], rows[1].Select(message => (message.Role, message.Content)));
        Assert.True(JsonElement.DeepEquals(
            JsonElement.Parse("""{"tool_calls": [{"name": "f", "arguments": {"ä": "<b>"}}]}"""),
            JsonElement.Parse(rows[1][0].FieldsJson!)));
    }

    [Fact]
    public void Messages_WithoutRoleOrContent_AreRefused()
    {
        string file = _folder.File(
            "rows.jsonl",
            """{"m": ["hi"]}""",
            """{"m": [{"content": "a"}]}""",
            """{"m": [{"role": "", "content": "a"}]}""",
            """{"m": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]}""",
            """{"m": [{"role": "assistant", "content": null, "tool_calls": []}]}""");

        IReadOnlyList<string> faults = Assert.Throws<DataException>(() => DataFiles.Read(file, 0, (row, _) => row.Messages("m"))).Faults;

        Assert.Equal(
            [
                "lines 1, 2: message 0 of \"m\" has no text in \"role\"",
                "line 3: message 0 of \"m\" has no role; give system, user, assistant or tool",
                "line 4: message 0 of \"m\" has a \"content\" that is a JSON array, but text is expected; write it as the model should read it",
                "line 5: message 0 of \"m\" has neither text \"content\" nor \"tool_calls\"; give one of them",
            ],
            faults);
    }

    [Fact]
    public void Read_NothingToRead_SaysSo()
    {
        Assert.Contains("does not exist; give the path", Assert.Throws<DataException>(() => Places(Path.Combine(_folder.Root, "absent.jsonl"))).Message);
        Assert.Contains("has no rows", Assert.Throws<DataException>(() => Places(_folder.File("empty.jsonl"))).Message);
        Assert.Contains("has no rows", Assert.Throws<DataException>(() => Places(_folder.File("empty.json", "[]"))).Message);
        Assert.Contains("cannot be read as a Parquet file", Assert.Throws<DataException>(() => Places(_folder.File("text.parquet", """{"a": 1}"""))).Message);

        static IReadOnlyList<int> Places(string file) => DataFiles.Read(file, 0, (_, index) => index);
    }

    public void Dispose() => _folder.Dispose();
}
