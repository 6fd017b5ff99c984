using AlignService.HuggingFace.Architecture;
using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Text.Tokenization;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Examples;

public sealed class ExampleEncoderTests : IDisposable
{
    private const string Template =
        "{{ bos_token }}{% for message in messages %}{{ message.role[0] }}{{ message.content }}{% if message.role == 'assistant' %}{{ eos_token }}{% endif %}Z{% endfor %}{% if add_generation_prompt %}a{% endif %}";

    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Encode_PlainText_LearnsTheCompletionAndAnEndToken()
    {
        TokenSequence row = Encoder(null).Encode(new Example(new Prompt(0, "ab", null, null), "cd"));

        Assert.Equal(Ids("ab"), row.PromptIds);
        Assert.Equal([.. Ids("cd"), 2], row.CompletionIds);
        Assert.Null(row.Trained);
    }

    [Theory]
    [InlineData("abcd", "a", "bcd")]
    [InlineData("ab", "a", "b")]
    public void Encode_WholeText_LearnsAllBehindItsFirstTokenAndAnEndToken(string text, string first, string rest)
    {
        TokenSequence row = Encoder(Template).Encode(new Example(new Prompt(0, text, null, null), null) { IsWholeText = true });

        Assert.Equal(Ids(first), row.PromptIds);
        Assert.Equal([.. Ids(rest), 2], row.CompletionIds);
        Assert.Null(row.Trained);
    }

    /// <summary>A text may hold end tokens of its own, between documents or turns: it goes on behind them, and a last one is not doubled.</summary>
    [Fact]
    public void Encode_WholeTextWithEndTokens_KeepsThem()
    {
        TokenSequence row = Encoder(Template).Encode(new Example(new Prompt(0, "ab</s>cd</s>", null, null), null) { IsWholeText = true });

        Assert.Equal(Ids("a"), row.PromptIds);
        Assert.Equal([.. Ids("b"), 2, .. Ids("cd"), 2], row.CompletionIds);
    }

    [Fact]
    public void Encode_AnAnswerToMessages_EndsWithTheTemplatesOwnEndToken()
    {
        TokenSequence row = Encoder(Template).Encode(new Example(Chat(("user", "hi")), "yo"));

        Assert.Equal([1, .. Ids("uhiZa")], row.PromptIds);
        Assert.Equal([.. Ids("yo"), 2], row.CompletionIds); // not the Z behind it, which sampling never reaches
    }

    [Fact]
    public void Encode_AConversation_LearnsEveryTurnOfTheAssistant()
    {
        TokenSequence row = Encoder(Template).Encode(new Example(Chat(("user", "hi"), ("assistant", "yo"), ("user", "q"), ("assistant", "r")), null));

        Assert.Equal([1, .. Ids("uhiZa")], row.PromptIds);
        Assert.Equal([.. Ids("yo"), 2, .. Ids("ZuqZa"), .. Ids("r"), 2], row.CompletionIds);
        Assert.Equal([true, true, true, false, false, false, false, false, true, true], row.Trained);
        Assert.Equal(5, row.TrainedCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Encode_ToolsAndTemplateArguments_AreShownWhateverTheExamplesForm(bool asConversation)
    {
        (string, string)[] messages = asConversation ? [("user", "hi"), ("assistant", "yo")] : [("user", "hi")];
        Prompt prompt = Chat(messages) with { ToolsJson = """["T"]""", TemplateArgumentsJson = """{"mood": "M"}""" };

        TokenSequence row = Encoder("{% if tools %}{{ tools[0] }}{% endif %}{{ mood }}" + Template).Encode(new Example(prompt, asConversation ? null : "yo"));

        Assert.Equal([.. Ids("TM"), 1, .. Ids("uhiZa")], row.PromptIds);
        Assert.Equal([.. Ids("yo"), 2], row.CompletionIds);
    }

    [Fact]
    public void Encode_ATemplateWithoutEndTokens_AddsOne()
    {
        const string bare = "{% for message in messages %}{{ message.role[0] }}{{ message.content }}{% endfor %}{% if add_generation_prompt %}a{% endif %}";

        ExampleEncoder encoder = Encoder(bare);
        Assert.Equal([.. Ids("yo"), 2], encoder.Encode(new Example(Chat(("user", "hi"), ("assistant", "yo")), null)).CompletionIds);
        Assert.Equal([.. Ids("yo"), 2], encoder.Encode(new Example(Chat(("user", "hi")), "yo")).CompletionIds);
    }

    [Fact]
    public void Encode_AToolCall_IsLearnedAndItsResultIsNot()
    {
        const string template = "{% for m in messages %}{{ m.role[0] }}{% for call in m.tool_calls or [] %}{{ call.name }}{% endfor %}{{ m.content }}{% endfor %}{% if add_generation_prompt %}a{% endif %}";
        PromptMessage call = new("assistant", null) { FieldsJson = """{"tool_calls": [{"name": "add"}]}""" };
        Prompt conversation = new(0, null, [new("user", "hi"), call, new("tool", "so"), new("assistant", "yo")], null);

        TokenSequence row = Encoder(template).Encode(new Example(conversation, null));

        Assert.Equal(Ids("uhia"), row.PromptIds);
        Assert.Equal([.. Ids("addtsoayo"), 2], row.CompletionIds);
        Assert.Equal([true, true, true, false, false, false, false, true, true, true], row.Trained);
    }

    [Fact]
    public void Encode_AConversationOfTheUserAlone_IsRefused() =>
        Assert.Throws<DataException>(() => Encoder(Template).Encode(new Example(Chat(("user", "hi")), null)));

    private ExampleEncoder Encoder(string? template) => new(Tokenizer.Load(_folder.TinyModel("model", template)), new TransformerConfig
    {
        ModelType = "llama",
        VocabSize = 64,
        HiddenSize = 8,
        IntermediateSize = 8,
        HeadCount = 1,
        KeyValueHeadCount = 1,
        HeadDim = 8,
        MaxPositions = 64,
        Layers = [],
        EndTokenIds = [2],
    }, TestContext.Current.CancellationToken);

    private static Prompt Chat(params (string Role, string Content)[] messages) => new(0, null, [.. messages.Select(message => new PromptMessage(message.Role, message.Content))], null);

    private static IEnumerable<int> Ids(string letters) => letters.Select(letter => 3 + TinyTokenizer.Letters.IndexOf(letter));
}
