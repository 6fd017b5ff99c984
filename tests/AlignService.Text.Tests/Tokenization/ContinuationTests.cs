using System.Text.Json.Nodes;
using AlignService.Testing;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>Prompt and completion together are the text that was given, wherever the border is and whatever the kind of tokenizer.</summary>
public sealed class ContinuationTests
{
    private static readonly string[] Texts =
    [
        "Tom has two dogs.", "Once upon a time there was a girl.", "  two  blanks  inside ", "def f(x):\n    return x + 1\n", "12345 + 678 = 13023", "a\tb\n\nc\r\nd", "naïve café Straße",
        "東京は日本の首都です。", "Привет, мир!", "🙂 and 👩‍👩‍👧‍👦", "x", "<html>&amp;</html>", "It's WE'LL don't", "\n\nstart", "end \n",
    ];

    public static TheoryData<string> Cases => GoldenFolder.Rows("tokenizers");

    [Theory]
    [MemberData(nameof(Cases))]
    public void EncodeCompletion_AtEveryBorder_DecodesToTheTextGiven(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("tokenizers", caseName);
        AssertAtEveryBorder(Tokenizer.Load(File.Exists(Path.Combine(folder, "tokenizer.json")) ? folder : GoldenFolder.Source(folder)));
    }

    [Theory]
    [InlineData("models/stories260K-hf")]
    [InlineData("models/SmolLM2-135M-Instruct")]
    public void EncodeCompletion_OfARealModel_DecodesToTheTextGiven(string folder) => AssertAtEveryBorder(Tokenizer.Load(SharedFolder.Require(folder)));

    /// <summary>A post-processor that ends every text, as after `add_eos_token=True`: a prompt is not ended, whatever it is.</summary>
    [Fact]
    public void EncodePrompt_WithAPostProcessorThatAppends_DoesNotEndThePrompt()
    {
        JsonNode file = JsonNode.Parse(File.ReadAllText(Path.Combine(SharedFolder.Require("models/stories260K-hf"), "tokenizer.json")))!;
        Tokenizer plain = Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(file.ToJsonString()));
        file["post_processor"] = JsonNode.Parse("""
            {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
             "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}}
            """);
        Tokenizer ending = Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(file.ToJsonString()));

        Assert.Equal(2, ending.Encode("Once", addSpecialTokens: true)[^1]);
        Assert.All(new[] { "Once upon a time", "", " ", "</s>", "a" }, text =>
            Assert.Equal([1, .. plain.Encode(text, addSpecialTokens: false)], ending.EncodePrompt(text)));
        int[] prompt = ending.EncodePrompt("Once");
        Assert.Equal(plain.Encode("Once upon", addSpecialTokens: false)[prompt[1..].Length..], ending.EncodeCompletion(prompt, "Once", " upon", isRendered: false));
    }

    [Fact]
    public void EncodeCompletion_InTheMiddleOfAWord_HasNoBlankOfItsOwn()
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedFolder.Require("models/stories260K-hf"));
        int[] prompt = tokenizer.EncodePrompt("Tom has ");

        int[] completion = tokenizer.EncodeCompletion(prompt, "Tom has ", "two", isRendered: false)!;

        Assert.Equal("Tom has two", tokenizer.Decode([.. prompt, .. completion], skipSpecialTokens: true));
    }

    private static void AssertAtEveryBorder(Tokenizer tokenizer)
    {
        List<string> wrong = [];
        foreach (string text in Texts)
        {
            for (int border = 0; border <= text.Length; border++)
            {
                if (border > 0 && border < text.Length && char.IsLowSurrogate(text[border]))
                {
                    continue;
                }

                (string prompt, string completion) = (text[..border], text[border..]);
                foreach (bool isRendered in new[] { false, true })
                {
                    int[] start = isRendered ? tokenizer.Encode(prompt, addSpecialTokens: false) : tokenizer.EncodePrompt(prompt);
                    int[] whole = isRendered ? tokenizer.Encode(text, addSpecialTokens: false) : tokenizer.EncodePrompt(text);
                    int[]? rest = tokenizer.EncodeCompletion(start, prompt, completion, isRendered);
                    if (rest is null || tokenizer.Decode([.. start, .. rest], skipSpecialTokens: false) != tokenizer.Decode(whole, skipSpecialTokens: false))
                    {
                        wrong.Add($"\"{prompt}\" | \"{completion}\"{(isRendered ? " (rendered)" : "")}: {(rest is null ? "none" : string.Join(' ', rest.Select(tokenizer.TokenText)))}");
                    }
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count}:\n{string.Join('\n', wrong.Take(20))}");
    }
}
