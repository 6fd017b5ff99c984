using AlignService.HuggingFace.Architecture;
using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Testing;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.Specs.Tests.Examples;

/// <summary>What a chat template makes of an answer: it is learned as it was given, or the row is refused.</summary>
public sealed class TemplateAnswerTests : IDisposable
{
    /// <summary>Drops what stands before the end of the reasoning, as DeepSeek-R1's first template did.</summary>
    private const string Stripping =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}{{ m.content.split('</think>')[-1] }}{% else %}{{ m.content }}{% endif %}<|im_end|>\n{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    /// <summary>Opens the reasoning for an answer, and writes a given answer behind an empty one.</summary>
    private const string EmptyReasoning =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' and loop.last %}{{ '<think>\n\n</think>\n\n' }}{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>\n' }}{% endif %}";

    /// <summary>Opens the reasoning for an answer, and writes a given answer without any.</summary>
    private const string OpenReasoning =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>\n' }}{% endif %}";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Stripping, "<think>\nadd\n</think>\n\n4", "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n", "<think>\nadd\n</think>\n\n4<|im_end|>")]
    [InlineData(Stripping, "add\n</think>\n\n4", "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n", "add\n</think>\n\n4<|im_end|>")]
    [InlineData(Stripping, "4", "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n", "4<|im_end|>")]
    [InlineData(EmptyReasoning, "four", "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n<think>\n", "\n</think>\n\nfour<|im_end|>")]
    [InlineData(OpenReasoning, "add\n</think>\n\n4", "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n<think>\n", "add\n</think>\n\n4<|im_end|>")]
    public void Encode_PromptAndCompletion_AndTheSameConversation_LearnTheSameText(string template, string answer, string prompt, string learned)
    {
        (Tokenizer tokenizer, ExampleEncoder encoder) = Encoder(template);
        PromptMessage[] question = [new("user", "2+2?")];

        TokenSequence pair = encoder.Encode(new Prompt(0, null, question, null), answer);
        TokenSequence conversation = encoder.Encode(new Example(new Prompt(0, null, [.. question, new("assistant", answer)], null), null));

        Assert.Equal((prompt, learned), (Text(tokenizer, pair.PromptIds), Text(tokenizer, pair.CompletionIds)));
        Assert.Equal(pair.PromptIds, conversation.PromptIds);
        Assert.Equal(pair.CompletionIds, conversation.CompletionIds);
        Assert.Null(conversation.Trained);
    }

    [Fact]
    public void Encode_AnAnswerInsideReasoningThatItDoesNotEnd_IsRefused()
    {
        (_, ExampleEncoder encoder) = Encoder(OpenReasoning);

        var fault = Assert.Throws<DataException>(() => encoder.Encode(new Prompt(7, null, [new("user", "2+2?")], null), "four"));

        Assert.Contains("Prompt 7: the chat template opens <think>", fault.Message, StringComparison.Ordinal);
    }

    private static string Text(Tokenizer tokenizer, IEnumerable<int> ids) => tokenizer.Decode([.. ids], skipSpecialTokens: false);

    private (Tokenizer Tokenizer, ExampleEncoder Encoder) Encoder(string template)
    {
        string source = SharedFolder.Require("tokenizers/qwen3");
        File.Copy(Path.Combine(source, "tokenizer.json"), Path.Combine(_folder.Path, "tokenizer.json"));
        File.WriteAllText(Path.Combine(_folder.Path, "tokenizer_config.json"), """{"eos_token": "<|im_end|>"}""");
        File.WriteAllText(Path.Combine(_folder.Path, "chat_template.jinja"), template);
        Tokenizer tokenizer = Tokenizer.Load(_folder.Path);
        return (tokenizer, new ExampleEncoder(tokenizer, new TransformerConfig
        {
            ModelType = "llama",
            VocabSize = tokenizer.VocabularySize,
            HiddenSize = 8,
            IntermediateSize = 8,
            HeadCount = 1,
            KeyValueHeadCount = 1,
            HeadDim = 8,
            MaxPositions = 64,
            Layers = [],
        }, TestContext.Current.CancellationToken));
    }
}
