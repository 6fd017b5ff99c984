using System.Text;
using AlignService.Testing;
using AlignService.Text.Tokenization;
using Xunit;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>Ids and texts of golden/tokenizers, compared exactly.</summary>
[Trait("Category", "Golden")]
public sealed class TokenizerGoldenTests
{
    public static TheoryData<string> Cases => GoldenFolder.Rows("tokenizers");

    public static TheoryData<string> UnsupportedCases => GoldenFolder.LineRows("tokenizers", "unsupported.jsonl");

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryLineOfACase_GivesTheReferenceIdsAndTexts(string caseName)
    {
        string folder = GoldenFolder.CaseFolder("tokenizers", caseName);
        string source = File.Exists(Path.Combine(folder, "tokenizer.json")) ? folder : GoldenFolder.Source(folder);
        Tokenizer tokenizer;
        try
        {
            tokenizer = Tokenizer.Load(source);
        }
        catch (CheckpointException exception) when (MayRefuse(folder) is { } name)
        {
            Assert.Contains(name, exception.Message, StringComparison.Ordinal);
            return;
        }

        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "golden.jsonl")))
        {
            string at = $"{caseName}:{++number}";
            GoldenJson golden = GoldenJson.Parse(line, at);
            if (golden.Has("text"))
            {
                CheckEncoding(tokenizer, golden, at);
            }
            else
            {
                CheckDecoding(tokenizer, golden, at);
            }

            golden.AssertAllRead();
        }

        int listed = GoldenCases.ListedLines($"tokenizers/{caseName}/golden.jsonl");
        Assert.True(number >= Math.Max(1, listed), $"{caseName}: golden.jsonl has {number} lines; {GoldenCases.ListFile} lists {listed}");
    }

    [Theory]
    [MemberData(nameof(UnsupportedCases))]
    public void AnUnsupportedComponent_IsRefusedByNameOrExact(string caseName)
    {
        GoldenJson golden = GoldenFolder.Line("tokenizers", caseName);
        byte[] file = Encoding.UTF8.GetBytes(golden["tokenizer"].Element.GetRawText());
        string names = golden.Text("names");
        Tokenizer? tokenizer = null;
        try
        {
            tokenizer = Tokenizer.Parse(file);
        }
        catch (CheckpointException exception)
        {
            Assert.Contains(names, exception.Message, StringComparison.Ordinal);
        }

        if (tokenizer is not null)
        {
            Assert.True(golden.Has("text"), $"{caseName}: loads, expected an error with '{names}', got none, tolerance none");
            int[] ids = tokenizer.Encode(golden.Text("text"), addSpecialTokens: true);
            GoldenAssert.Same(caseName, "ids", golden.Ints("ids"), ids);
            GoldenAssert.Same(caseName, "decoded", golden.Text("decoded"), tokenizer.Decode(ids, skipSpecialTokens: true));
        }
    }

    private static string? MayRefuse(string folder)
    {
        string path = Path.Combine(folder, "may-refuse.txt");
        return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
    }

    private static void CheckEncoding(Tokenizer tokenizer, GoldenJson golden, string at)
    {
        string text = golden.Text("text");
        int[] ids = tokenizer.Encode(text, addSpecialTokens: true);
        GoldenAssert.Same(at, "ids", golden.Ints("ids"), ids);
        if (golden.Has("ids_no_special"))
        {
            GoldenAssert.Same(at, "ids_no_special", golden.Ints("ids_no_special"), tokenizer.Encode(text, addSpecialTokens: false));
        }

        CheckTexts(tokenizer, golden, ids, at);
    }

    private static void CheckDecoding(Tokenizer tokenizer, GoldenJson golden, string at)
    {
        int[] ids = golden.Ints("ids");
        CheckTexts(tokenizer, golden, ids, at);
        if (golden.Has("prefix_decodes"))
        {
            string[] prefixes = [.. Enumerable.Range(1, ids.Length).Select(count => tokenizer.Decode(ids.AsSpan(0, count), skipSpecialTokens: true))];
            GoldenAssert.Same(at, "prefix_decodes", Texts(golden["prefix_decodes"]), prefixes);
        }

        if (golden.Has("stream"))
        {
            StreamingDecoder decoder = tokenizer.CreateDecoder();
            GoldenAssert.Same(at, "stream", Texts(golden["stream"]), [.. ids.Select(decoder.Append)]);
        }
    }

    private static void CheckTexts(Tokenizer tokenizer, GoldenJson golden, int[] ids, string at)
    {
        if (golden.Has("decoded"))
        {
            GoldenAssert.Same(at, "decoded", golden.Text("decoded"), tokenizer.Decode(ids, skipSpecialTokens: true));
        }

        if (golden.Has("decoded_with_special"))
        {
            GoldenAssert.Same(at, "decoded_with_special", golden.Text("decoded_with_special"), tokenizer.Decode(ids, skipSpecialTokens: false));
        }
    }

    private static string[] Texts(GoldenJson list) => [.. list.Items.Select(item => item.AsText())];
}
