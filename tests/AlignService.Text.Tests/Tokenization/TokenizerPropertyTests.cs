using AlignService.Text.Tokenization;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AlignService.Text.Tests.Tokenization;

public sealed class TokenizerPropertyTests
{
    private static readonly Tokenizer ByteLevel = GoldenTokenizers.Load("bytelevel-gpt2");
    private static readonly Tokenizer Metaspace = GoldenTokenizers.Load("metaspace-bpe");

    [Fact]
    public void DecodeOfEncode_ByteLevel_IsTheText() => Check(UnicodeTexts(), text =>
        ByteLevel.Decode(ByteLevel.Encode(text, addSpecialTokens: false), skipSpecialTokens: false) == text);

    [Fact]
    public void Stream_AnyIds_IsWhatEachTokenAddsToTheWhole() => Check(Ids(2001), ids =>
        Streamed(ByteLevel, ids).SequenceEqual(StreamedByWholeDecoding(ByteLevel, ids)) &&
        Streamed(Metaspace, ids).SequenceEqual(StreamedByWholeDecoding(Metaspace, ids)));

    [Fact]
    public void Stream_WithFinish_IsTheWholeText() => Check(Ids(2001), ids =>
        string.Concat(Streamed(ByteLevel, ids)) == ByteLevel.Decode(ids, skipSpecialTokens: true));

    [Fact]
    public void Encode_HalfASurrogatePair_IsTheReplacementCharacter() =>
        Assert.Equal(ByteLevel.Encode("a\uFFFDb", addSpecialTokens: false), ByteLevel.Encode("a\uD83Db", addSpecialTokens: false));

    [Fact]
    public async Task Encode_FromManyThreads_IsTheSame()
    {
        string[] texts = [.. Enumerable.Range(0, 200).Select(number => $"The number {number} isn't {number * 7919} \u00e9\U0001F600")];
        int[][] expected = [.. texts.Select(text => ByteLevel.Encode(text, addSpecialTokens: true))];
        Tokenizer shared = GoldenTokenizers.Load("bytelevel-gpt2");
        int[][] got = new int[texts.Length][];
        await Parallel.ForAsync(0, texts.Length, TestContext.Current.CancellationToken, (index, _) =>
        {
            got[index] = shared.Encode(texts[index], addSpecialTokens: true);
            return ValueTask.CompletedTask;
        });
        Assert.Equal(expected, got);
    }

    private static void Check<T>(Gen<T> generator, Func<T, bool> property) =>
        Prop.ForAll(generator.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static Gen<string> UnicodeTexts()
    {
        Gen<int> scalars = Gen.Frequency(
            (5, Gen.Choose(0x20, 0x7E)), (1, Gen.Choose(0, 0x1F)), (2, Gen.Choose(0x80, 0xD7FF)), (1, Gen.Choose(0xE000, 0xFFFF)), (1, Gen.Choose(0x10000, 0x10FFFF)));
        return scalars.ListOf().Select(list => string.Concat(list.Select(char.ConvertFromUtf32)));
    }

    private static Gen<int[]> Ids(int bound) => Gen.Choose(0, bound).ArrayOf();

    private static List<string> Streamed(Tokenizer tokenizer, int[] ids)
    {
        StreamingDecoder decoder = tokenizer.CreateDecoder();
        return [.. ids.Select(decoder.Append), decoder.Finish()];
    }

    // The rule itself: decode everything, hold back what ends in U+FFFD, emit what is beyond the characters emitted before.
    private static List<string> StreamedByWholeDecoding(Tokenizer tokenizer, int[] ids)
    {
        var pieces = new List<string>();
        int emitted = 0;
        for (int count = 1; count <= ids.Length + 1; count++)
        {
            bool isEnd = count > ids.Length;
            string text = tokenizer.Decode(ids.AsSpan(0, Math.Min(count, ids.Length)), skipSpecialTokens: true);
            bool isHeld = !isEnd && text.EndsWith('\uFFFD');
            List<string> characters = [.. text.EnumerateRunes().Select(rune => rune.ToString())];
            pieces.Add(isHeld ? "" : string.Concat(characters.Skip(emitted)));
            emitted = isHeld ? emitted : Math.Max(emitted, characters.Count);
        }

        return pieces;
    }
}
