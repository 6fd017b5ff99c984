using System.Text;
using System.Text.Json;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>
/// Tokenizers of random components over random vocabularies, with what the `tokenizers` library 0.23.2 makes of random texts: the combinations
/// that the golden cases do not have.
/// </summary>
public sealed class TokenizerReferenceTests
{
    private static readonly IReadOnlyList<JsonElement> Lines = ReferenceLines.Read("Tokenization.reference.jsonl");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Lines.Count)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void RandomTokenizer_GivesTheIdsAndTextsOfTheLibrary(int index)
    {
        JsonElement line = Lines[index];
        Tokenizer tokenizer = Tokenizer.Parse(Encoding.UTF8.GetBytes(line.GetProperty("tokenizer").GetRawText()));
        foreach ((JsonElement text, JsonElement ids) in line.GetProperty("texts").EnumerateArray().Zip(line.GetProperty("ids").EnumerateArray()))
        {
            Assert.Equal(Ints(ids), tokenizer.Encode(text.GetString()!, addSpecialTokens: true));
        }

        foreach ((JsonElement ids, JsonElement text) in line.GetProperty("decode").EnumerateArray().Zip(line.GetProperty("decoded").EnumerateArray()))
        {
            Assert.Equal(text.GetString(), tokenizer.Decode(Ints(ids), skipSpecialTokens: true));
        }
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(item => item.GetInt32())];
}
