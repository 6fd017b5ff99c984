using System.Text.Json.Nodes;
using AlignService.Testing;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>Tokens that only the files beside tokenizer.json have, which transformers adds when it loads a tokenizer.</summary>
public sealed class AddedTokenFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public AddedTokenFileTests()
    {
        string source = SharedFolder.Require("models/stories260K-hf");
        File.Copy(Path.Combine(source, "tokenizer.json"), _folder["tokenizer.json"]);
        Config = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(source, "tokenizer_config.json")))!;
    }

    private JsonObject Config { get; }

    [Fact]
    public void Load_TheCase_TheDecodersTokenIsTheEnd()
    {
        Tokenizer tokenizer = Tokenizer.Load(SharedFolder.Require("cases/tok_added_decoder_only"));
        Assert.Equal((512, 513, "<|im_end|>"), (tokenizer.EosId, tokenizer.VocabularySize, tokenizer.TokenText(512)));
        Assert.Equal(512, tokenizer.Encode("hi<|im_end|>", addSpecialTokens: false)[^1]);
        Assert.Empty(tokenizer.RolesWithoutId);
    }

    [Fact]
    public void Load_TokensOfTheDecoder_AreMatchedWithTheirFlagsInTheOrderOfIds()
    {
        Decoder(("513", "<b>", """{"special": false, "lstrip": true, "normalized": false}"""), ("512", "<a>", """{"special": true}"""), ("1", "<s>", """{"special": true}"""));
        Tokenizer tokenizer = Load();
        Assert.Equal([512, 513], tokenizer.Encode("<a> <b>", addSpecialTokens: false));
        Assert.Equal(514, tokenizer.VocabularySize);
        Assert.Equal((true, false), (tokenizer.IsSpecial(512), tokenizer.IsSpecial(513)));
        Assert.Equal("<b>", tokenizer.Decode([512, 513], skipSpecialTokens: true).Trim());
    }

    [Fact]
    public void Load_TokenOfTheVocabulary_IsMatchedWholeFromThenOn()
    {
        Tokenizer plain = Load();
        (int id, string before) = (
            from candidate in Enumerable.Range(259, 253)
            from letter in "abcdefghijklmnopqrstuvwxyz"
            let word = plain.TokenText(candidate)!
            where word.Length > 1 && !word.Contains('\u2581', StringComparison.Ordinal) && !plain.Encode(letter + word, addSpecialTokens: false).Contains(candidate)
            select (candidate, letter.ToString())).First();
        Decoder(($"{id}", plain.TokenText(id)!, """{"normalized": false}"""));
        Assert.Contains(id, Load().Encode(before + plain.TokenText(id), addSpecialTokens: false));
    }

    [Theory]
    [InlineData("600", "the added token '<a>' has the id 600, but in the vocabulary it is 512")]
    [InlineData("x", "the key must be a token id")]
    [InlineData("-1", "the key must be a token id")]
    [InlineData("2147483647", "the key must be a token id")]
    public void Load_AnIdThatItWouldNotGet_IsRefused(string id, string expected)
    {
        Decoder((id, "<a>", "{}"));
        Assert.Contains(expected, Assert.Throws<CheckpointException>(Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AddedTokensFile_CountsOnlyWithoutADecoder()
    {
        File.WriteAllText(_folder["added_tokens.json"], """{"<pad>": 512, "<more>": 513}""");
        Decoder();
        Assert.Equal(512, Load().VocabularySize);
        Config.Remove("added_tokens_decoder");
        Config["pad_token"] = "<pad>";
        Tokenizer tokenizer = Load();
        Assert.Equal((514, 512, true, false), (tokenizer.VocabularySize, tokenizer.PadId, tokenizer.IsSpecial(512), tokenizer.IsSpecial(513)));
    }

    [Theory]
    [InlineData("eos_token", "\"<|im_end|>\"", "eos_token <|im_end|>")]
    [InlineData("bos_token", """{"content": "<bos>"}""", "bos_token <bos>")]
    [InlineData("pad_token", "\"<pad>\"", "pad_token <pad>")]
    [InlineData("unk_token", "\"[UNK]\"", "unk_token [UNK]")]
    public void Load_RoleWithoutAToken_IsNamed(string role, string value, string expected)
    {
        Config[role] = JsonNode.Parse(value);
        Assert.Equal([expected], Load().RolesWithoutId);
    }

    [Fact]
    public void Load_TemplatesWithoutADefault_AreNamedAndNoneIsUsed()
    {
        Config["chat_template"] = JsonNode.Parse("""[{"name": "rag", "template": "x"}, {"name": "tool_use", "template": "{% broken"}]""");
        Tokenizer tokenizer = Load();
        Assert.Equal((false, "rag, tool_use"), (tokenizer.HasChatTemplate, string.Join(", ", tokenizer.TemplateNames)));
        File.WriteAllText(_folder["chat_template.jinja"], "{{ messages[0].content }}");
        Assert.Equal((true, 0), (Load().HasChatTemplate, Load().TemplateNames.Count));
    }

    [Fact]
    public void FindDifference_OfTables_CountsIdsAndNamesTheFirst()
    {
        Tokenizer plain = Load();
        Decoder(("512", "<a>", "{}"));
        Tokenizer more = Load();
        Assert.Null(plain.FindDifference(more));
        Assert.Equal(new TokenDifference(1, 512, "<a>", null), more.FindDifference(plain));
        Assert.Null(more.FindDifference(more));
    }

    public void Dispose() => _folder.Dispose();

    private void Decoder(params (string Id, string Content, string Flags)[] tokens)
    {
        var decoder = new JsonObject();
        foreach ((string id, string content, string flags) in tokens)
        {
            var token = (JsonObject)JsonNode.Parse(flags)!;
            token["content"] = content;
            decoder[id] = token;
        }

        Config["added_tokens_decoder"] = decoder;
    }

    private Tokenizer Load()
    {
        File.WriteAllText(_folder["tokenizer_config.json"], Config.ToJsonString());
        return Tokenizer.Load(_folder.Path);
    }
}
