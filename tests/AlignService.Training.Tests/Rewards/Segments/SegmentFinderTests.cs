using AlignService.Specs.Data;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;
using AlignService.Testing;
using AlignService.Text.Tokenization;
using AlignService.Training.Tests.Fakes;
using Xunit;

namespace AlignService.Training.Tests.Rewards.Segments;

public sealed class SegmentFinderTests
{
    private const int End = 2;

    public static TheoryData<string> Tokenizers => ["bytelevel-llama3", "bytelevel-gpt2", "metaspace-bpe"];

    [Fact]
    public void Find_Delimiter_EndsAtTheTokenThatCompletesIt()
    {
        IReadOnlyList<CompletionSegment> segments = new DelimiterSegmentFinder(TinyTokenizer.Create(), "XY").Find(Request("abXYcXXYXYd"));

        Assert.Equal([new("ab", 3, true), new("cX", 7, true), new("", 9, true), new("d", 10, false)], segments);
    }

    [Fact]
    public void Find_EveryToken_IsAStepWithItsText_TheEndTokenWithNone()
    {
        ScoringRequest request = Request("abX") with { TokenIds = [.. Request("abX").TokenIds, End] };

        Assert.Equal([new("a", 0, true), new("b", 1, true), new("X", 2, true), new("", 3, true)], new EveryTokenSegmentFinder(TinyTokenizer.Create()).Find(request));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("abc", 1)]
    [InlineData("abXY", 1)]
    [InlineData("XY", 1)]
    public void Find_FewSteps_CountsWhatIsThere(string completion, int count) => Assert.Equal(count, new DelimiterSegmentFinder(TinyTokenizer.Create(), "XY").Find(Request(completion)).Count);

    [Fact]
    public void Find_EndTokenBehindTheLastDelimiter_BelongsToNoStep()
    {
        ScoringRequest request = Request("abXY") with { TokenIds = [.. Request("abXY").TokenIds, 2] };

        Assert.Equal([new("ab", 3, true)], new DelimiterSegmentFinder(TinyTokenizer.Create(), "XY").Find(request));
    }

    [Fact]
    public void Find_Token_EndsAStepAndIsNotPartOfIt()
    {
        Tokenizer tokenizer = TinyTokenizer.Create();
        ScoringRequest request = new(new Prompt(0, "p", null, null), "abXcd", [.. tokenizer.Encode("abXc", false), End, .. tokenizer.Encode("d", false)], false);

        Assert.Equal([new("ab", 2, true), new("cd", 5, false)], new TokenSegmentFinder(tokenizer, tokenizer.TokenId("X")!.Value).Find(request));
        Assert.Equal([new("abXc", 4, true), new("d", 5, false)], new TokenSegmentFinder(tokenizer, End).Find(request));
    }

    /// <summary>Tokens of real tokenizers hold parts of characters, several characters, and delimiters with what stands around them.</summary>
    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Find_TokensOfManyCharacters_EndsAtTheFirstTokenThatCompletesTheDelimiter(string name)
    {
        Tokenizer tokenizer = Tokenizer.Load(Folder(name));
        const string Text = "First, 2 + 2 = 4.\n\nSo we héhé 😀.\n\n\n\nThus\n\n  the answer is 中文.\n\n";
        int[] ids = tokenizer.Encode(Text, addSpecialTokens: false);
        string completion = tokenizer.Decode(ids, skipSpecialTokens: true);
        ScoringRequest request = new(new Prompt(0, "p", null, null), completion, ids, false);

        foreach (string delimiter in new[] { "\n\n", ".", "é", "😀" }.Where(completion.Contains))
        {
            IReadOnlyList<CompletionSegment> segments = new DelimiterSegmentFinder(tokenizer, delimiter).Find(request);
            Assert.Equal(completion, string.Concat(segments.Select(segment => segment.Text + (segment.IsEnded ? delimiter : ""))) + Rest(segments, completion, delimiter));
            int end = 0;
            foreach (CompletionSegment segment in segments.Where(segment => segment.IsEnded))
            {
                end += segment.Text.Length + delimiter.Length;
                Assert.True(tokenizer.Decode(ids.AsSpan(0, segment.End + 1), true).TrimEnd('\uFFFD').Length >= end, $"{name}, {delimiter}: the step's last token does not complete it");
                Assert.True(tokenizer.Decode(ids.AsSpan(0, segment.End), true).TrimEnd('\uFFFD').Length < end, $"{name}, {delimiter}: an earlier token completes the step");
            }
        }
    }

    /// <summary>White space behind the last delimiter is no segment.</summary>
    private static string Rest(IReadOnlyList<CompletionSegment> segments, string completion, string delimiter) =>
        completion[segments.Sum(segment => segment.Text.Length + (segment.IsEnded ? delimiter.Length : 0))..];

    private static ScoringRequest Request(string completion) => new(new Prompt(0, "p", null, null), completion, TinyTokenizer.Create().Encode(completion, addSpecialTokens: false), false);

    private static string Folder(string name) => Path.Combine(GoldenFolder.Root, "tokenizers", name);
}
