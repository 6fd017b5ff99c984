using System.Globalization;
using System.Text;
using System.Text.Json;
using AlignService.Testing;
using AlignService.Text.Tokenization;
using Xunit;
using Oracle = Tokenizers.DotNet.Tokenizer;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>Ids and texts against Hugging Face's own library, which Tokenizers.DotNet carries in binary form: golden texts and random ones.</summary>
public sealed class TokenizerOracleTests
{
    private const int RandomTextCount = 400;

    private static readonly string[] Words =
    [
        "the", "The", "THE", "don't", "WE'LL", "I'm", "naïve", "Straße", "ﬁne", "東京", "日本語", "한국어", "مرحبا", "हिन्दी", "ไทย", "🙂", "👩‍👩‍👧‍👦", "🇫🇷", "e\u0301", "Å", "Ǆ", "½",
        "٣٤", "3.14159", "1000000", "0x1F", "for(int i=0;", "</s>", "<s>", "<|endoftext|>", "<unk>", "<|im_start|>", "▁", "Ġ", "##", "http://a.b/c?d=e", "x_y", "\uFEFF", "\u200D", "\u0000",
    ];

    private static readonly string[] Spaces = [" ", " ", " ", "", "  ", "\n", "\n\n", "\t", "\r\n", "\u00A0", "\u3000", "   \n ", "\u2028"];

    public static TheoryData<string> Cases => GoldenFolder.Rows("tokenizers");

    public static TheoryData<string> Models => ["stories260K-hf", "SmolLM2-135M-Instruct"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void GoldenTokenizer_GoldenAndRandomTexts_AgreesWithTheLibrary(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("tokenizers", caseName);
        string[] texts = [.. File.ReadLines(Path.Combine(folder, "golden.jsonl")).Select(line => JsonElement.Parse(line)).Where(line => line.TryGetProperty("text", out _)).Select(line => line.GetProperty("text").GetString()!)];
        Compare(File.Exists(Path.Combine(folder, "tokenizer.json")) ? folder : GoldenFolder.Source(folder), texts);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void TokenizerOfAModel_RandomTexts_AgreesWithTheLibrary(string name) => Compare(SharedFolder.Require(Path.Combine("models", name)), []);

    /// <summary>The combinations of components that the reference has, on texts that it does not have.</summary>
    [Fact]
    public void TokenizersOfRandomComponents_RandomTexts_AgreeWithTheLibrary()
    {
        using TemporaryFolder folder = new();
        foreach (JsonElement line in ReferenceLines.Read("Tokenization.reference.jsonl"))
        {
            File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), line.GetProperty("tokenizer").GetRawText());
            Compare(folder.Path, []);
        }
    }

    /// <summary>Every assigned character, by whether it is split from the letters around it: the two libraries' tables of Unicode.</summary>
    [Theory]
    [InlineData("""{"type": "Punctuation", "behavior": "Isolated"}""")]
    [InlineData("""{"type": "Whitespace"}""")]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "\\p{L}"}, "behavior": "Isolated", "invert": true}""")]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "[\\p{N}\\p{M}]"}, "behavior": "Isolated", "invert": false}""")]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "[\\s\\p{P}\\p{S}]"}, "behavior": "Isolated", "invert": false}""")]
    public void EveryCharacter_IsOfTheLibrarysClass(string preTokenizer)
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "tokenizer.json");
        File.WriteAllText(path, $$"""
            {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null, "pre_tokenizer": {{preTokenizer}}, "post_processor": null, "decoder": null,
             "model": {"type": "BPE", "dropout": null, "unk_token": "?", "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": false,
                       "ignore_merges": false, "vocab": {"?": 0}, "merges": [] } }
            """);
        Tokenizer ours = Tokenizer.Load(folder.Path);
        using Oracle theirs = new(path);
        const int LastAssigned = 0x33479;
        IEnumerable<string> wrong = Enumerable.Range(1, LastAssigned).Where(scalar => scalar is < 0xD800 or > 0xDFFF).Select(char.ConvertFromUtf32)
            .Where(character => theirs.Encode($"ab{character}ab").Length != ours.Encode($"ab{character}ab", addSpecialTokens: true).Length)
            .Select(character => $"U+{char.ConvertToUtf32(character, 0):X4}");
        Assert.Equal("", string.Join(' ', wrong.Take(20)));
    }

    private static void Compare(string folder, string[] texts)
    {
        Tokenizer ours = Tokenizer.Load(folder);
        using Oracle theirs = new(Path.Combine(folder, "tokenizer.json"));
        var random = new Random(11);
        int differences = 0;
        var report = new StringBuilder();
        foreach (string text in texts.Concat(Enumerable.Range(0, RandomTextCount).Select(_ => RandomText(random))))
        {
            int[] expected = [.. theirs.Encode(text).Select(id => (int)id)];
            int[] got = ours.Encode(text, addSpecialTokens: true);
            Expect(text, Join(expected), Join(got));
            Expect($"decode {Join(expected)}", theirs.Decode([.. expected.Select(id => (uint)id)]), ours.Decode(expected, skipSpecialTokens: true));
        }

        Assert.True(differences == 0, $"{differences} differences, the first of them:\n{report}");

        void Expect(string input, string expected, string got)
        {
            if (expected != got && differences++ < 5)
            {
                report.AppendLine(CultureInfo.InvariantCulture, $"{JsonSerializer.Serialize(input)}: library {JsonSerializer.Serialize(expected)}, ours {JsonSerializer.Serialize(got)}");
            }
        }
    }

    /// <summary>Words of many scripts, random characters, and every kind of white space between them.</summary>
    private static string RandomText(Random random)
    {
        var text = new StringBuilder();
        for (int i = random.Next(1, 24); i > 0; i--)
        {
            text.Append(random.Next(3) > 0 ? Words[random.Next(Words.Length)] : RandomScalars(random)).Append(Spaces[random.Next(Spaces.Length)]);
        }

        return text.ToString();
    }

    /// <summary>None that Unicode 17 was the first to assign: the library's numbers are those of 16.</summary>
    private static string RandomScalars(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(9) switch
    {
        < 4 => random.Next(0x20, 0x7F),
        4 => random.Next(0x80, 0x250),
        5 => random.Next(0x250, 0xD800),
        6 => random.Next(0xE000, 0x10000),
        7 => random.Next(0x10000, 0x11D00),
        _ => random.Next(0x1F300, 0x1FB00),
    }).Select(char.ConvertFromUtf32));

    private static string Join(int[] ids) => string.Join(' ', ids);
}
