using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Data.Formats;

public sealed class DelimitedReaderTests : IDisposable
{
    private readonly RunFolder _folder = new();

    [Fact]
    public void Read_QuotedFields_FollowsRfc4180()
    {
        string file = Write("rows.csv", "a,b,c\r\n1,\"x, y\",\"she said \"\"no\"\"\"\r\n\"two\nlines\",,\"\"\r\n é , 中 ,😀\r\n");

        Assert.Equal(
            [("1", "x, y", "she said \"no\""), ("two\nlines", null, ""), (" é ", " 中 ", "😀")],
            DataFiles.Read(file, 0, (row, _) => (row.Scalar("a"), row.Scalar("b"), row.Scalar("c"))));
    }

    [Theory]
    [InlineData("a,b\n1,2", "1", "2")]
    [InlineData("a,b\n1,2\n", "1", "2")]
    [InlineData("\uFEFFa,b\n1,2\n\n\n", "1", "2")]
    [InlineData("\"a\",\"b\"\n\"1\",\"2\"", "1", "2")]
    [InlineData("a , b\n1,\"2\"\n", "1", "2")]
    [InlineData("a,b\n1,\n", "1", null)]
    [InlineData("a,b\n,2\n", null, "2")]
    [InlineData("a,b\n\"\"\"1\"\"\",2\n", "\"1\"", "2")]
    [InlineData("a,b\n1\"x,2\n", "1\"x", "2")]
    public void Read_Forms_GivesTheRow(string text, string? a, string? b) =>
        Assert.Equal([(a, b)], DataFiles.Read(Write("rows.csv", text), 0, (row, _) => (row.Scalar("a"), row.Scalar("b"))));

    [Fact]
    public void Read_Tabs_KeepsCommas()
    {
        string file = Write("rows.tsv", "prompt\tcompletion\n1, 2,\t 3\n\"a\tb\"\t\"c\"\n");

        IReadOnlyList<Example> examples = DataFiles.Load(new ExampleSourceConfig { File = file });

        Assert.Equal([("1, 2,", " 3"), ("a\tb", "c")], examples.Select(example => (example.Prompt.Text, example.Completion)));
    }

    [Fact]
    public void Read_FaultyRows_ListsThemWithTheirFirstLines()
    {
        string file = Write("rows.csv", "a,b\n1,2\n1,2,3\n4\n\"x\"y,2\n\"two\nlines\",\"5\"\n1,2,3\n\"open,2\n3,4\n");

        DataException fault = Assert.Throws<DataException>(() => DataFiles.Read(file, 0, (row, _) => row.Text("b")));

        Assert.Equal(
            [
                "lines 3, 8: it has 3 fields, but the header has 2; quote fields that hold the delimiter",
                "line 4: it has 1 fields, but the header has 2; quote fields that hold the delimiter",
                "line 5: text follows the closing quote of a field; double the quotes within quoted fields",
                "line 9: a quoted field that begins here never ends; double the quotes within quoted fields",
            ],
            fault.Faults);
    }

    [Theory]
    [InlineData("rows.csv", "a,a\n1,2\n", "the header names \"a\" twice")]
    [InlineData("rows.csv", "a;b\n1;2\n", "the header is one field, \"a;b\"")]
    [InlineData("rows.csv", "a\tb\n1\t2\n", "the header is one field")]
    [InlineData("rows.tsv", "a,b\n1,2\n", "the header is one field, \"a,b\"")]
    [InlineData("rows.csv", "a,b\n", "has no rows")]
    [InlineData("rows.csv", "", "has no rows")]
    [InlineData("rows.csv", "\"a,b\n1,2\n", "the header cannot be read")]
    public void Read_WrongHeader_SaysWhatIsWrong(string name, string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<DataException>(() => DataFiles.Read(Write(name, text), 0, (row, _) => row.Text("b"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_EveryKindOfData_ReadsIt()
    {
        string prompts = Write("prompts.csv", "question,answer,level\n2 + 2 =,4,easy\n");
        string chats = Write("chats.csv", "messages\n\"[{\"\"role\"\": \"\"user\"\", \"\"content\"\": \"\"hi\"\"}, {\"\"role\"\": \"\"assistant\"\", \"\"content\"\": \"\"yo\"\"}]\"\n");
        string pairs = Write("pairs.csv", "prompt,chosen,rejected,margin\na,b,c,0.5\nd,e,f,\n");

        Prompt prompt = Assert.Single(DataFiles.Load(new PromptSourceConfig { File = prompts, PromptField = "question" }));
        Example chat = Assert.Single(DataFiles.Load(new ExampleSourceConfig { File = chats }));
        IReadOnlyList<Preference> preferences = DataFiles.Load(new PreferenceSourceConfig { File = pairs });

        Assert.Equal(("2 + 2 =", "4", "easy"), (prompt.Text, prompt.Answer, prompt.Metadata["level"]));
        Assert.Equal(["hi", "yo"], chat.Prompt.Messages!.Select(message => message.Content));
        Assert.Equal([("a", 0.5), ("d", 0.0)], preferences.Select(pair => (pair.Prompt.Text, pair.Margin)));
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string name, string text)
    {
        string file = Path.Combine(_folder.Root, name);
        File.WriteAllText(file, text);
        return file;
    }
}
