using AlignService.Model.Sampling;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Prompts;
using AlignService.Training.Tests.Fakes;
using AlignService.Worker.Answers;
using Xunit;

namespace AlignService.Worker.Tests;

/// <summary>The table of answers holds whatever a model may write, to the bit.</summary>
public sealed class AnswerJsonTests : IDisposable
{
    private static readonly string[] Texts = ["", "\"\\\n\r\t\u0000\u001b", "é 中 \U0001F600 \u2028", "<script>&amp;</script>", " a  b ", new('x', 100_000)];

    private readonly RunFolder _folder = new();

    [Fact]
    public void Rows_ReadBackToTheSameBits()
    {
        AnswerRow[] rows = [.. Texts.Select((text, place) => new AnswerRow(new Prompt(place, "p", null, null), 0, text)
        {
            Scores = [Math.PI * Math.Pow(10, place - 3), double.NaN],
            TokenCount = place,
            FinishReason = (FinishReason)(place % 3),
            LogProbSum = -Math.E / (place + 1),
        })];
        string path = Path.Combine(_folder.Root, "rows.jsonl");
        AnswerJson.Write(path, Table(rows));

        IReadOnlyList<AnswerRow> read = AnswerJson.Read(path, place => rows[place].Prompt, ["score", "none"]);

        Assert.Equal(rows.Select(Key), read.Select(Key));
        Assert.Equal(rows.Length, File.ReadAllText(path).Count(character => character == '\n'));

        static (string, string, int, FinishReason, long) Key(AnswerRow row) =>
            (row.Completion, string.Join(' ', row.Scores.Select(BitConverter.DoubleToInt64Bits)), row.TokenCount, row.FinishReason, BitConverter.DoubleToInt64Bits(row.LogProbSum));
    }

    [Fact]
    public async Task Messages_AreReadAgainFromBothFiles()
    {
        PromptMessage[] messages =
        [
            new("system", "Be \"brief\"."),
            new("assistant", null) { FieldsJson = "{\"tool_calls\":[{\"name\":\"add\",\"arguments\":{\"a\":1}}]}" },
            new("user", "2 + 2?"),
        ];
        AnswerRow[] rows = [new(new Prompt(0, null, messages, "4"), 0, "4") { Scores = [1, 0], TokenCount = 2, FinishReason = FinishReason.Stop, LogProbSum = -1 }];
        string lines = Path.Combine(_folder.Root, "rows.jsonl"), columns = Path.Combine(_folder.Root, "rows.parquet");
        AnswerJson.Write(lines, Table(rows));
        await AnswerParquet.WriteAsync(columns, Table(rows), TestContext.Current.CancellationToken);

        foreach (string file in (string[])[lines, columns])
        {
            GivenCompletion read = Assert.Single(CompletionFile.Load(new PromptSourceConfig { File = file }, "completion", FilePolicy.Anywhere, TestContext.Current.CancellationToken));

            Assert.Equal(("4", "4", false), (read.Completion, read.Prompt.Answer, read.Truncated));
            Assert.Equal(messages, read.Prompt.Messages);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static AnswerTableRows Table(AnswerRow[] rows) => new(rows, ["score", "none"], [.. rows.Select(row => row.Scores[0])], [.. rows.Select(_ => (bool?)true)]);
}
