using AlignService.Specs.Data.Formats;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Data;

/// <summary>Faults of many rows, and of files that hold no rows at all.</summary>
public sealed class RowFaultTests : IDisposable
{
    private readonly RunFolder _folder = new();

    [Fact]
    public void Read_EqualFaults_AreOneLineWithTheFirstRowsAndTheirCount()
    {
        string file = _folder.File("rows.jsonl", [.. Enumerable.Range(0, 1000).Select(i => i == 500 ? "oops" : i % 2 == 0 ? """{"a": 1}""" : """{"a": "x"}""")]);

        DataException fault = Assert.Throws<DataException>(() => DataFiles.Read(file, 0, (row, _) => row.Text("a")));

        Assert.Contains("500 of 1000 rows cannot be used:", fault.Message, StringComparison.Ordinal);
        Assert.Equal("499 lines (1, 3, 5, 7, 9, ...): \"a\" is a JSON number, but text is expected", fault.Faults[0]);
        Assert.StartsWith("line 501: not JSON: ", fault.Faults[1], StringComparison.Ordinal);
        Assert.Equal(2, fault.Faults.Count);
    }

    [Fact]
    public void Read_ManyDifferentFaults_AreBounded()
    {
        string file = _folder.File("rows.jsonl", [.. Enumerable.Range(0, 5000).Select(i => $$"""{"a": "{{i}} {{new string('v', 10_000 * (i % 2))}}x"}""")]);

        DataException fault = Assert.Throws<DataException>(() => DataFiles.Read(file, 0, (row, _) => row.Number("a")));

        Assert.Equal(201, fault.Faults.Count);
        Assert.Equal("4800 more rows have other faults", fault.Faults[^1]);
        Assert.All(fault.Faults, line => Assert.True(line.Length < 300, line));
        Assert.True(fault.Message.Length < 6000);
    }

    [Fact]
    public void Read_RowsOfManyFields_NamesSomeOfThem()
    {
        string file = _folder.File("rows.jsonl", $$"""{ {{string.Join(", ", Enumerable.Range(0, 5000).Select(i => $"\"field {i} {new string('f', 500)}\": 1"))}} }""");

        string message = Assert.Throws<DataException>(() => DataFiles.Load(new Specs.Prompts.PromptSourceConfig { File = file })).Message;

        Assert.Contains("and 4980 more", message, StringComparison.Ordinal);
        Assert.True(message.Length < 5000);
    }

    [Theory]
    [InlineData("wrapped.json", "{\n \"train\": [\n  {\"a\": 1}\n ]\n}", "is one JSON object over several lines (its fields: train), where rows are expected: a JSON list of objects, or one whole object per line. If its rows are under \"train\", write that list alone to a file.")]
    [InlineData("wrapped.jsonl", "{\n \"version\": 1,\n \"data\": [{\"a\": 1}]}", "(its fields: version, data)")]
    [InlineData("wrapped.json", """{"train": [{"a": 1}, {"a": 2}]}""", "The file is one JSON object; if its rows are under \"train\", write that list alone to a file")]
    [InlineData("pretty.jsonl", "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}", "is one JSON object over several lines (its fields: a)")]
    [InlineData("cut.json", "{\"a\": 1", "is one JSON object over several lines (its fields: a)")]
    [InlineData("text.jsonl", "not json", "line 1: not JSON")]
    [InlineData("scalars.json", "[1, \"a\", null]", "entry 2: a JSON string, but an object is expected")]
    [InlineData("trailing.json", "[{\"a\": \"x\"}] {\"a\": \"y\"}", "starts like a JSON list, but is not JSON")]
    [InlineData("open.json", "[{\"a\": \"x\"}", "starts like a JSON list, but is not JSON")]
    [InlineData("comma.json", "[{\"a\": \"x\"},]", "starts like a JSON list, but is not JSON")]
    public void Read_FileThatHoldsNoRows_SaysWhatItHolds(string name, string text, string expected)
    {
        string file = Path.Combine(_folder.Root, name);
        File.WriteAllText(file, text);

        Assert.Contains(expected, Assert.Throws<DataException>(() => DataFiles.Read(file, 0, (row, _) => row.Text("a") ?? throw new DataRowException("\"a\" is missing"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list.jsonl", "[{\"a\": \"x\"}, {\"a\": \"y\"}]")]
    [InlineData("list.json", "\uFEFF[\n{\"a\": \"x\"},\n{\"a\": \"y\"}\n]\n")]
    [InlineData("lines.json", "\n\n{\"a\": \"x\"}\r\n \r\n{\"a\": \"y\"}")]
    [InlineData("lines.jsonl", "\uFEFF{\"a\": \"x\"}\n{\"a\": \"y\"}\n\n")]
    [InlineData("lines.ndjson", "{\"b\": {\"a\": [\"}\"]}, \"a\": \"x\"}\n{\"a\": \"y\"}")]
    public void Read_Forms_GivesTheRows(string name, string text)
    {
        string file = Path.Combine(_folder.Root, name);
        File.WriteAllText(file, text);

        Assert.Equal(["x", "y"], DataFiles.Read(file, 0, (row, _) => row.Text("a")));
    }

    public void Dispose() => _folder.Dispose();
}
