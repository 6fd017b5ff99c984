using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Data;

/// <summary>Fields within fields, messages as JSON text, templates, and the layouts of public data sets.</summary>
public sealed class FieldTests : IDisposable
{
    private readonly RunFolder _folder = new();

    [Theory]
    [InlineData("reward_model.ground_truth", "42")]
    [InlineData("answers.text.0", "forty-two")]
    [InlineData("answers.text.1", "42")]
    [InlineData("a.b", "of that very name")]
    [InlineData("x.y.z", "a name with a dot within")]
    [InlineData("list.1.name", "second")]
    [InlineData("flag.is", "true")]
    [InlineData("answers.text.2", null)]
    [InlineData("answers.text.-1", null)]
    [InlineData("answers.text", null)] // a list is no scalar
    [InlineData("reward_model.ground_truth.more", null)]
    [InlineData("nothing.here", null)]
    [InlineData("none.a", null)]
    [InlineData(".", null)]
    public void Scalar_Path_FindsTheNestedValue(string path, string? expected)
    {
        string file = _folder.File(
            "rows.jsonl",
            """{"reward_model": {"style": "rule", "ground_truth": "42"}, "answers": {"text": ["forty-two", 42]}, "a.b": "of that very name", "a": {"b": "nested"}, "x": {"y.z": "a name with a dot within"}, "list": [{"name": "first"}, {"name": "second"}], "flag": {"is": true}, "none": null}""");

        Assert.Equal([expected], DataFiles.Read(file, 0, (row, _) => row.Scalar(path)));
    }

    [Fact]
    public void Load_VerlParquet_ReadsMessagesAndNestedAnswer()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "foreign-parquet", "verl.parquet");
        PromptSourceConfig source = new() { File = file, AnswerField = "reward_model.ground_truth" };

        foreach (PromptSourceConfig named in (PromptSourceConfig[])[source, source with { MessagesField = "prompt" }, source with { MessagesField = "prompt", PromptField = "none" }, source with { MetadataFields = ["extra_info.split", "data_source"] }])
        {
            IReadOnlyList<Prompt> prompts = DataFiles.Load(named);

            Assert.Equal(["0", "1", "2", "3"], prompts.Select(prompt => prompt.Answer));
            Assert.Equal("Tom has 0 apples", Assert.Single(prompts[0].Messages!).Content);
        }

        Prompt first = DataFiles.Load(source with { MetadataFields = ["extra_info.split", "data_source"] })[0];
        Assert.Equal([("data_source", "gsm8k"), ("extra_info.split", "train")], first.Metadata.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => (field.Key, field.Value)));
    }

    [Theory]
    [InlineData("""{"messages": "[{\"role\": \"user\", \"content\": \"hi\"}, {\"role\": \"assistant\", \"content\": \"yo\"}]"}""", "messages")]
    [InlineData("""{"messages": " \n[{\"role\": \"user\", \"content\": \"hi\"}, {\"role\": \"assistant\", \"content\": \"yo\"}]"}""", "messages")]
    [InlineData("""{"conversation": {"turns": "[{\"role\": \"user\", \"content\": \"hi\"}, {\"role\": \"assistant\", \"content\": \"yo\"}]"}}""", "conversation.turns")]
    [InlineData("""{"prompt": "[{\"role\": \"user\", \"content\": \"hi\"}, {\"role\": \"assistant\", \"content\": \"yo\"}]"}""", "prompt")]
    [InlineData("""{"prompt": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yo"}]}""", "prompt")]
    public void Load_MessagesAsJsonText_AreMessages(string row, string field)
    {
        Example example = Assert.Single(DataFiles.Load(new ExampleSourceConfig { File = _folder.File("rows.jsonl", row), MessagesField = field }));

        Assert.Equal([("user", "hi"), ("assistant", "yo")], example.Prompt.Messages!.Select(message => (message.Role, message.Content)));
        Assert.Null(example.Completion);
    }

    [Theory]
    [InlineData("""{"messages": "hello"}""", "\"messages\" is text, but a list of messages, or text that contains one as JSON, is expected")]
    [InlineData("""{"messages": ""}""", "\"messages\" is empty text, but a list of messages")]
    [InlineData("""{"messages": "[{\"role\": \"user\""}""", "\"messages\" is text that is not JSON")]
    [InlineData("""{"messages": "[]"}""", "\"messages\" is not a list of at least one message")]
    [InlineData("""{"messages": "[1]"}""", "message 0 of \"messages\" has no text in \"role\"")]
    [InlineData("""{"messages": {"role": "user"}}""", "\"messages\" is not a list of at least one message")]
    public void Load_TextThatIsNoMessages_SaysWhatIsExpected(string row, string expected) => Assert.Contains(
        expected, Assert.Single(Assert.Throws<DataException>(() => DataFiles.Load(new ExampleSourceConfig { File = _folder.File("rows.jsonl", row) })).Faults), StringComparison.Ordinal);

    [Theory]
    [InlineData("""[{"role": "user", "content": "hi"}]""", true)]
    [InlineData("""  [{"content": "hi", "role": "user"}, {"role": "assistant"}] """, true)]
    [InlineData("""[{"role": "user"}, 1]""", false)]
    [InlineData("""[{"name": "role"}]""", false)]
    [InlineData("""What does [{"role": "user"}] mean?""", false)]
    [InlineData("""[{"role": "user"}""", false)]
    [InlineData("[]", false)]
    [InlineData(null, false)]
    public void LooksLikeMessages_OnlyJsonThatIsMessages(string? text, bool expected) => Assert.Equal(expected, TurnFields.LooksLikeMessages(text));

    [Fact]
    public void Load_TextRows_AreLearnedWhole()
    {
        string file = _folder.File("rows.jsonl", """{"text": "One text."}""", """{"text": "Another.", "meta": 1}""", """{"prompt": "a", "completion": "b", "text": "not read"}""");

        IReadOnlyList<Example> examples = DataFiles.Load(new ExampleSourceConfig { File = file });

        Assert.Equal([("One text.", null, true), ("Another.", null, true), ("a", "b", false)], examples.Select(example => (example.Prompt.Text, example.Completion, example.IsWholeText)));
        Assert.Equal("One text.", Assert.Single(DataFiles.Load(new ExampleSourceConfig { File = _folder.File("other.jsonl", """{"body": {"raw": "One text."}}"""), TextField = "body.raw" })).Prompt.Text);
        Assert.Contains("\"text\" is empty", Assert.Throws<DataException>(() => DataFiles.Load(new ExampleSourceConfig { File = _folder.File("empty.jsonl", """{"text": ""}""") })).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string[]> Pairs { get; } = new()
    {
        { """{"prompt": "hi", "prompt_id": "a", "chosen": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "no"}]}""", ["user: hi"] },
        { """{"prompt": " hi\n", "chosen": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "no"}]}""", ["user: hi"] },
        { """{"prompt": "hi", "chosen": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi"}, {"role": "assistant", "content": "no"}]}""", ["system: Be kind.", "user: hi"] },
        { """{"prompt": "hi", "chosen": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "more"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "more"}, {"role": "assistant", "content": "no"}]}""", ["user: hi", "assistant: hello", "user: more"] },
        { """{"chosen": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "no"}]}""", ["user: hi"] },
        { """{"prompt": [{"role": "user", "content": "hi"}], "chosen": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "assistant", "content": "no"}]}""", ["user: hi"] },
        { """{"prompt": "hi", "chosen": [{"role": "assistant", "content": "yes"}], "rejected": [{"role": "assistant", "content": "no"}]}""", ["hi"] },
        { """{"prompt": "hi", "chosen": "yes", "rejected": "no"}""", ["hi"] },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Load_PreferenceLayouts_GiveTheSamePair(string row, string[] prompt)
    {
        Preference pair = Assert.Single(DataFiles.Load(new PreferenceSourceConfig { File = _folder.File("rows.jsonl", row) }));

        Assert.Equal(("yes", "no"), (pair.Chosen, pair.Rejected));
        Assert.Equal(prompt, pair.Prompt.Messages is { } messages ? messages.Select(message => $"{message.Role}: {message.Content}") : [pair.Prompt.Text!]);
    }

    [Theory]
    [InlineData("""{"prompt": "other", "chosen": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "no"}]}""", "no message that \"chosen\" and \"rejected\" begin with is the text of \"prompt\"")]
    [InlineData("""{"prompt": "hi", "chosen": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "user", "content": "ho"}, {"role": "assistant", "content": "no"}]}""", "share 0 leading messages; as conversations they must share all but their last")]
    [InlineData("""{"prompt": "hi", "chosen": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}], "rejected": "no"}""", "\"chosen\" is a list of 2 messages, where text or one message")]
    public void Load_PreferencesThatDoNotFit_SayWhy(string row, string expected) => Assert.Contains(
        expected.Replace("where text", "but text", StringComparison.Ordinal), Assert.Single(Assert.Throws<DataException>(() => DataFiles.Load(new PreferenceSourceConfig { File = _folder.File("rows.jsonl", row) })).Faults), StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
