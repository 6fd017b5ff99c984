using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Data.Files;

/// <summary>Directories and patterns as data, in an order that no machine changes.</summary>
public sealed class DataPathTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public DataPathTests()
    {
        foreach (string name in (string[])["b.jsonl", "B.jsonl", "a-10.jsonl", "a-2.jsonl", "ä.jsonl", "notes.md", "_state.jsonl", ".hidden.jsonl"])
        {
            _folder.File(name, $$"""{"from": "{{name}}"}""");
        }

        Directory.CreateDirectory(Path.Combine(_folder.Root, "deep", "er"));
        _folder.File("deep/c.jsonl", """{"from": "deep/c.jsonl"}""");
        _folder.File("deep/er/d.jsonl", """{"from": "deep/er/d.jsonl"}""");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Root, "deep", "circle"), _folder.Root);
    }

    [Fact]
    public void Read_Directory_TakesItsDataFilesInOrdinalOrder() =>
        Assert.Equal(["B.jsonl", "a-10.jsonl", "a-2.jsonl", "b.jsonl", "ä.jsonl"], From(""));

    [Theory]
    [InlineData("a-*.jsonl", "a-10.jsonl a-2.jsonl")]
    [InlineData("?.jsonl", "B.jsonl b.jsonl ä.jsonl")]
    [InlineData("a-?.jsonl", "a-2.jsonl")]
    [InlineData("deep/*.jsonl", "deep/c.jsonl")]
    [InlineData("*/*.jsonl", "deep/c.jsonl")]
    [InlineData("deep/**/*.jsonl", "deep/c.jsonl deep/er/d.jsonl")]
    [InlineData("**/[!b]*d.jsonl", null)]
    [InlineData("**/d.jsonl", "deep/er/d.jsonl")]
    [InlineData("d*/er/d.jsonl", "deep/er/d.jsonl")]
    [InlineData("*.csv", null)]
    public void Read_Pattern_TakesWhatMatches(string pattern, string? expected)
    {
        if (expected is null)
        {
            Assert.Contains("No file matches", Assert.Throws<DataException>(() => From(pattern)).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(expected.Split(' '), From(pattern));
        }
    }

    [Fact]
    public void Read_FileWithAPatternInItsName_IsThatFile()
    {
        _folder.File("what?.jsonl", """{"from": "itself"}""");

        Assert.Equal(["itself"], From("what?.jsonl"));
    }

    [Fact]
    public void Read_DirectoryOfSeveralFormats_AsksWhich()
    {
        _folder.File("rows.csv", "from", "csv");

        Assert.Contains("has files of several formats (.csv, .jsonl); name those to read", Assert.Throws<DataException>(() => From("")).Message, StringComparison.Ordinal);
        Assert.Equal(["csv"], From("*.csv"));
    }

    [Fact]
    public void Read_FaultsInSeveralFiles_NameTheFile()
    {
        string[] lines = ["""{"from": 1}""", """{"from": 2}"""];
        _folder.File("a-2.jsonl", lines);
        _folder.File("ä.jsonl", lines);

        Assert.Equal(
            ["a-2.jsonl, lines 1, 2: \"from\" is a JSON number, but text is expected", "ä.jsonl, lines 1, 2: \"from\" is a JSON number, but text is expected"],
            Assert.Throws<DataException>(() => From("")).Faults);
    }

    [Fact]
    public void Read_Limit_CountsOverAllFiles() => Assert.Equal(["B.jsonl", "a-10.jsonl"], DataFiles.Read(_folder.Root, 2, (row, _) => row.Text("from")));

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<string?> From(string path) => DataFiles.Read(Path.Combine(_folder.Root, path), 0, (row, _) => row.Text("from"));
}
