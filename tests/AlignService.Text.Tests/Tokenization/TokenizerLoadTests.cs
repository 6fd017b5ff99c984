using System.Text;
using System.Text.Json.Nodes;
using AlignService.Testing;
using AlignService.Text.Chat;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.Text.Tests.Tokenization;

public sealed class TokenizerLoadTests
{
    private const string Small = """
        {"version":"1.0","truncation":null,"padding":null,
         "added_tokens":[{"id":5,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
         "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"b+"},"content":"b"}]},
         "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"Metaspace","replacement":"\u2581"}]},
         "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
           "pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[5],"tokens":["<s>"]}}},
         "decoder":{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Metaspace","replacement":"\u2581"}]},
         "model":{"type":"BPE","dropout":null,"unk_token":null,"fuse_unk":false,"byte_fallback":true,
           "vocab":{"a":0,"b":1,"\u2581":2,"ab":3,"\u2581ab":4},"merges":[["a","b"],["\u2581","ab"]]}}
        """;

    [Fact]
    public void Load_Directory_ReadsSpecialTokensAndTemplate()
    {
        string folder = Directory.CreateTempSubdirectory("tokenizer").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Small);
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """
                {"bos_token":{"content":"<s>"},"pad_token":null,"chat_template":[{"name":"tool_use","template":"no"},{"name":"default","template":"{{ messages[0].content }}"}]}
                """);
            File.WriteAllText(Path.Combine(folder, "special_tokens_map.json"), """{"eos_token":"ab","pad_token":"a","bos_token":"b"}""");
            Tokenizer tokenizer = Tokenizer.Load(folder);
            Assert.Equal((5, 3, null, 6), (tokenizer.BosId, tokenizer.EosId, tokenizer.PadId, tokenizer.VocabularySize));
            Assert.Equal([5, 4, 3], tokenizer.Encode("abb\u0041b", addSpecialTokens: true)[..2].Append(3));
            Assert.Equal("hi", tokenizer.ChatTemplate!.Render([new ChatMessage("user", "hi")], addGenerationPrompt: false));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Load_WithoutFile_SaysWhatIsNeeded()
    {
        CheckpointException exception = Assert.Throws<CheckpointException>(() => Tokenizer.Load(Path.Combine(Path.GetTempPath(), "no-such-tokenizer")));
        Assert.Contains("tokenizer.json", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$.decoder.decoders[0].type", "\"CTC\"", "CTC")]
    [InlineData("$.decoder", """{"type":"WordPiece"}""", "WordPiece")]
    [InlineData("$.normalizer.normalizers[0].type", "\"StripAccents\"", "StripAccents")]
    [InlineData("$.pre_tokenizer.pretokenizers[1].type", "\"BertPreTokenizer\"", "BertPreTokenizer")]
    [InlineData("$.pre_tokenizer.pretokenizers[1].prepend_scheme", "\"sometimes\"", "sometimes")]
    [InlineData("$.post_processor.type", "\"BertProcessing\"", "BertProcessing")]
    [InlineData("$.post_processor", """{"type":"Sequence","processors":[{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}],"special_tokens":{"<s>":{"ids":[5]}}},{"type":"RobertaProcessing","cls":["<s>",5],"sep":["<s>",5]}]}""", "TemplateProcessing")]
    [InlineData("$.model.type", "\"Unigram\"", "Unigram")]
    [InlineData("$.model.dropout", "0.1", "dropout")]
    [InlineData("$.model.continuing_subword_prefix", "\"##\"", "continuing_subword_prefix")]
    [InlineData("$.model.end_of_word_suffix", "\"</w>\"", "end_of_word_suffix")]
    [InlineData("$.model.vocab.a", "-1", "'a'")]
    [InlineData("$.model.vocab.a", "4000000000", "'a'")]
    [InlineData("$.model.merges[0]", "[\"a\",\"z\"]", "merges[0]")]
    [InlineData("$.model.merges[0]", "\"a b c\"", "merges[0]")]
    [InlineData("$.added_tokens[0].id", "17", "<s>")]
    [InlineData("$.added_tokens", "{}", "added_tokens")]
    [InlineData("$.post_processor.single[0].SpecialToken.id", "\"<t>\"", "<t>")]
    public void Parse_WhatIsNotSupported_IsRefusedByName(string path, string value, string name)
    {
        CheckpointException exception = Assert.Throws<CheckpointException>(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(Changed(path, value))));
        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$.model.dropout", "0.0")]
    [InlineData("$.model.continuing_subword_prefix", "\"\"")]
    [InlineData("$.model.merges", "[\"#version: 0.2\",\"a b\",\"\u2581 ab\"]")]
    [InlineData("$.truncation", """{"direction":"Right","max_length":1,"strategy":"LongestFirst","stride":0}""")]
    public void Parse_WhatMeansTheSame_EncodesTheSame(string path, string value) =>
        Assert.Equal([5, 4, 4], Tokenizer.Parse(Encoding.UTF8.GetBytes(Changed(path, value))).Encode("ab abb", addSpecialTokens: true));

    [Fact]
    public void Parse_MutatedFiles_OnlyFailClearly()
    {
        byte[] original = Encoding.UTF8.GetBytes(Small);
        var random = new Random(1);
        int loaded = 0;
        for (int i = 0; i < 4000; i++)
        {
            try
            {
                Tokenizer tokenizer = Tokenizer.Parse(Mutation.Of(original, random));
                tokenizer.Decode(tokenizer.Encode("ab 12 \u00e9\U0001F600<s>", addSpecialTokens: true), skipSpecialTokens: true);
                loaded++;
            }
            catch (CheckpointException)
            {
                // What a broken file is to end in.
            }
        }

        Assert.InRange(loaded, 1, 3999);
    }

    private static string Changed(string path, string value)
    {
        JsonNode root = JsonNode.Parse(Small)!;
        string[] steps = path.Replace("[", ".[", StringComparison.Ordinal).Split('.')[1..];
        JsonNode node = root;
        foreach (string step in steps[..^1])
        {
            node = step[0] == '[' ? node[Index(step)]! : node[step]!;
        }

        if (steps[^1][0] == '[')
        {
            node[Index(steps[^1])] = JsonNode.Parse(value);
        }
        else
        {
            node[steps[^1]] = JsonNode.Parse(value);
        }

        return root.ToJsonString();
    }

    private static int Index(string step) => step[1] - '0';
}
