using AlignService.Text.Tokenization;

namespace AlignService.Cli.Conversion.Tokenizers;

/// <summary>A text that the written tokenizer.json and Microsoft.ML.Tokenizers encode differently.</summary>
internal sealed record TokenizerDifference(string Text, IReadOnlyList<int> Ids, IReadOnlyList<int> ReferenceIds);

/// <summary>The written tokenizer.json, as this program reads it, compared with Microsoft.ML.Tokenizers and the original file, on texts of many kinds.</summary>
internal static class TokenizerComparison
{
    public static readonly IReadOnlyList<string> Samples =
    [
        "", " ", "  ", "\n", "\t", "a", " a", "a ", "  two  blanks  ", "\n\nlines\n", "tabs\tand\r\nreturns",
        "The quick brown fox jumps over the lazy dog.", "It's what they'd say; WE'LL SEE, won't we?", "naïve café, Straße, œuvre, ÅNGSTRÖM",
        "0 1 12 123 1234 12345.678e-9 0xFF 1,000,000", "x = [i**2 for i in range(10)]  # squares", "{\"key\": [true, null, -1.5e3]}", "<div class=\"a\">b &amp; c</div>",
        "https://example.com/a?b=c&d=%20#e", "user@example.com", "C:\\path\\to\\file.txt", "snake_case camelCase PascalCase SCREAMING", "$E = mc^2$, \\frac{1}{2} \\alpha",
        "東京は日本の首都です。", "中文分词，没有空格。", "한국어 문장입니다.", "Привет, мир! Ещё раз.", "Γειά σου Κόσμε", "مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "สวัสดีชาวโลก", "Xin chào thế giới",
        "🙂👍🏽 👩‍👩‍👧‍👦 🇫🇷", "e\u0301 and é", "\u00A0no-break\u00A0", "\u3000全角", "ﬁ ½ ① Ⅳ ℃", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 𠜎", "\u200Bzero\u200Dwidth\uFEFF", "▁ Ġ ##", "--- *** === ... !!! ???",
        "<s>[INST] Hi [/INST] Hello</s>", "<|im_start|>user\nHi<|im_end|>\n<|endoftext|>", "<unk> <pad>",
    ];

    /// <returns>The samples that differ, in order.</returns>
    public static IReadOnlyList<TokenizerDifference> Differences(Tokenizer written, Microsoft.ML.Tokenizers.Tokenizer reference) =>
    [
        .. Samples
            .Select(text => new TokenizerDifference(text, written.Encode(text, addSpecialTokens: false), reference.EncodeToIds(text)))
            .Where(sample => !sample.Ids.SequenceEqual(sample.ReferenceIds)),
    ];
}
