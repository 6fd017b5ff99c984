using System.Text.Json;
using AlignService.Testing;
using AlignService.Text.Chat;
using AlignService.Text.Masks;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.Text.Tests.Chat;

public sealed class AssistantMaskTests
{
    private const string ChatMl =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private const string Marked =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}{% else %}{{ m.content + '<|im_end|>' }}{% endif %}{{ '\n' }}{% endfor %}";

    private static readonly ChatMessage[] TwoTurns =
    [
        new("system", "Be brief."), new("user", "Is 7 prime?"), new("assistant", "Yes, it is 👍🏽."), new("user", "And 9?"), new("assistant", "  No:\n3 × 3."),
    ];

    [Theory]
    [InlineData(Marked, "Yes, it is 👍🏽.<|im_end|>", "  No:\n3 × 3.<|im_end|>")]
    [InlineData(ChatMl, "Yes, it is 👍🏽.<|im_end|>\n", "  No:\n3 × 3.<|im_end|>\n")]
    public void Encode_SeveralTurns_TrainsTheAssistantsTokensAlone(string template, params string[] expected)
    {
        Tokenizer tokenizer = With("qwen3", template);
        MaskedChat chat = AssistantMask.Encode(tokenizer, ChatTemplateInput.Of(TwoTurns, addGenerationPrompt: false));
        Assert.Equal(tokenizer.Encode(chat.Text, addSpecialTokens: false), chat.TokenIds);
        Assert.Equal(expected, TrainedTexts(tokenizer, chat));
    }

    [Fact]
    public void Encode_EdgeInsideAToken_TrainsTheWholeToken()
    {
        // "\n" of the header and the answer's "\n\n" are one token in this vocabulary.
        Tokenizer tokenizer = With("qwen3", Marked);
        MaskedChat chat = AssistantMask.Encode(tokenizer, ChatTemplateInput.Of([new ChatMessage("assistant", "\n\nx")], addGenerationPrompt: false));
        Assert.Equal(["\n\n\nx<|im_end|>"], TrainedTexts(tokenizer, chat));
    }

    [Fact]
    public void Encode_TokenizerThatFallsBackToBytes_FindsTheTurns()
    {
        Tokenizer tokenizer = With("llama2", "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}{% else %}{{ ' ' + m.content + ' ' + eos_token }}{% endif %}{% endfor %}");
        MaskedChat chat = AssistantMask.Encode(tokenizer, ChatTemplateInput.Of(TwoTurns[1..], addGenerationPrompt: false));
        Assert.Equal(tokenizer.EosId, chat.TokenIds[^1]);
        // The end token is sought with the blank before it (it is normalized), so decoding does not give the text back.
        Assert.Equal(["Yes, it is 👍🏽.</s>", "No:\n3 × 3.</s>"], TrainedTexts(tokenizer, chat).Select(text => text.TrimStart()));
    }

    [Fact]
    public void Encode_TemplateThatRewritesEarlierTurns_IsRefusedWithTheMessage()
    {
        const string OnlyTheLastThinks =
            "{% for m in messages %}{{ m.role + ':' + ('<think>' if loop.last and m.role == 'assistant' else '') + m.content + '\n' }}{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}";
        Tokenizer tokenizer = With("qwen3", OnlyTheLastThinks);
        Assert.Equal(["<think>Yes, it is 👍🏽.\n"], TrainedTexts(tokenizer, AssistantMask.Encode(tokenizer, ChatTemplateInput.Of(TwoTurns[..3], addGenerationPrompt: false))));
        var fault = Assert.Throws<ChatTemplateException>(() => AssistantMask.Encode(tokenizer, ChatTemplateInput.Of(TwoTurns, addGenerationPrompt: false)));
        Assert.Contains("message 2", fault.Message, StringComparison.Ordinal);
        Assert.Contains("generation", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_ToolsAndFurtherVariables_ReachTheTemplate()
    {
        Tokenizer tokenizer = With("qwen3", "{{ tools[0].name }} {{ style }}" + ChatMl);
        ChatTemplateInput input = ChatTemplateInput.Of(TwoTurns[..3], addGenerationPrompt: true) with
        {
            Tools = JsonSerializer.SerializeToElement(new[] { new { name = "search" } }),
            Extra = JsonSerializer.SerializeToElement(new { style = "plain" }),
        };
        MaskedChat chat = AssistantMask.Encode(tokenizer, input);
        Assert.StartsWith("search plain<|im_start|>", chat.Text, StringComparison.Ordinal);
        Assert.EndsWith("<|im_end|>\n", chat.Text, StringComparison.Ordinal);
        Assert.Contains("not an object", Assert.Throws<ChatTemplateException>(() => AssistantMask.Encode(tokenizer, input with { Extra = JsonSerializer.SerializeToElement(1) })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_WithoutAssistantOrTemplate_TrainsNothingOrSaysSo()
    {
        Assert.Equal(0, AssistantMask.Encode(With("qwen3", ChatMl), ChatTemplateInput.Of(TwoTurns[..2], addGenerationPrompt: false)).TrainedCount);
        Tokenizer bare = Tokenizer.Parse(File.ReadAllBytes(SharedFolder.Require("tokenizers/qwen3/tokenizer.json")));
        Assert.Contains("no chat template", Assert.Throws<ChatTemplateException>(() => AssistantMask.Encode(bare, ChatTemplateInput.Of(TwoTurns, addGenerationPrompt: false))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_NormalizerThatChangesTheText_FallsBackToPrefixes()
    {
        const string Json = """
            {"added_tokens":[{"id":5,"content":"|","special":true,"normalized":false,"single_word":false,"lstrip":false,"rstrip":false}],"normalizer":{"type":"Lowercase"},"pre_tokenizer":null,"post_processor":null,
            "decoder":{"type":"Fuse"},"model":{"type":"BPE","vocab":{"a":0,"b":1,"c":2,"ab":3,":":4},"merges":["a b"]}}
            """;
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer.json"], Json);
        File.WriteAllText(folder["chat_template.jinja"], "{% for m in messages %}{{ m.content + '|' }}{% endfor %}");
        Tokenizer tokenizer = Tokenizer.Load(folder.Path);
        ChatMessage[] messages = [new("user", "AB"), new("assistant", "CAB"), new("user", "C"), new("assistant", "BA")];
        MaskedChat chat = AssistantMask.Encode(tokenizer, ChatTemplateInput.Of(messages, addGenerationPrompt: false));
        Assert.Equal([3, 5, 2, 3, 5, 2, 5, 1, 0, 5], chat.TokenIds);
        Assert.Equal([false, false, true, true, true, false, false, true, true, true], chat.IsTrained);
    }

    private static Tokenizer With(string tokenizer, string template)
    {
        using var folder = new TemporaryFolder();
        string source = SharedFolder.Require(Path.Combine("tokenizers", tokenizer));
        foreach (string file in new[] { "tokenizer.json", "tokenizer_config.json" })
        {
            File.WriteAllBytes(folder[file], File.ReadAllBytes(Path.Combine(source, file)));
        }

        File.WriteAllText(folder["chat_template.jinja"], template);
        return Tokenizer.Load(folder.Path);
    }

    /// <summary>Each run of trained tokens, decoded.</summary>
    private static List<string> TrainedTexts(Tokenizer tokenizer, MaskedChat chat)
    {
        var texts = new List<string>();
        for (int start = 0; start < chat.TokenIds.Count; start++)
        {
            int end = start;
            while (end < chat.TokenIds.Count && chat.IsTrained[end])
            {
                end++;
            }

            if (end > start)
            {
                texts.Add(tokenizer.Decode([.. chat.TokenIds.Skip(start).Take(end - start)], skipSpecialTokens: false));
                start = end;
            }
        }

        return texts;
    }
}
