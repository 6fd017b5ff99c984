using AlignService.Model.Sampling;
using Xunit;

namespace AlignService.Model.Tests.Sampling;

public sealed class StopStringMatcherTests
{
    [Theory]
    [InlineData("a b END c", "END", "a b ")]
    [InlineData("a b END", "END", "a b ")]
    [InlineData("ENENDX", "END", "EN")]
    [InlineData("EN", "END", null)]
    [InlineData("aab aaab", "aaab", "aab ")]
    [InlineData("x\n\nHuman: hi", "\n\nHuman:", "x")]
    [InlineData("nothing here", "END", null)]
    public void Append_TextSplitAnyWay_ShowsTheTextBeforeTheStopString(string text, string stop, string? expected)
    {
        foreach (string[] pieces in Splits(text))
        {
            Outcome outcome = Run([stop], pieces);
            Assert.Equal(expected is not null, outcome.IsMatched);
            Assert.Equal(expected ?? text, outcome.Shown);
        }
    }

    [Fact]
    public void Append_SeveralStopStrings_TheFirstToEndCountsAndOfThoseTheLongest()
    {
        foreach (string[] pieces in Splits("xabcd"))
        {
            Assert.Equal("xa", Run(["abcd", "bc"], pieces).Shown);
            Assert.Equal("x", Run(["c", "bc", "abc"], pieces).Shown);
        }
    }

    [Fact]
    public void Append_PossibleStartOfAStopString_IsHeldBackUntilItIsNone()
    {
        var matcher = new StopStringMatcher(["<end>"]);
        Assert.Equal("hi ", matcher.Append("hi <en"));
        Assert.Equal("<en", matcher.Append("<"));
        Assert.Equal("<e!", matcher.Append("e!"));
        Assert.Equal("", matcher.Append("<"));
        Assert.Equal("<", matcher.Flush());
        Assert.False(matcher.IsMatched);
    }

    [Fact]
    public void Append_AfterAMatch_ShowsNothing()
    {
        var matcher = new StopStringMatcher(["."]);
        Assert.Equal("One", matcher.Append("One. Two"));
        Assert.True(matcher.IsMatched);
        Assert.Equal("", matcher.Append(" three"));
        Assert.Equal("", matcher.Flush());
    }

    private static Outcome Run(string[] stops, string[] pieces)
    {
        var matcher = new StopStringMatcher(stops);
        string shown = string.Concat(pieces.Select(matcher.Append));
        return new Outcome(shown + matcher.Flush(), matcher.IsMatched);
    }

    /// <summary>Every way to break a short text into pieces.</summary>
    private static IEnumerable<string[]> Splits(string text)
    {
        for (int cuts = 0; cuts < 1 << (text.Length - 1); cuts++)
        {
            var pieces = new List<string>();
            int start = 0;
            for (int i = 1; i <= text.Length; i++)
            {
                if (i == text.Length || ((cuts >> (i - 1)) & 1) == 1)
                {
                    pieces.Add(text[start..i]);
                    start = i;
                }
            }

            yield return [.. pieces];
        }
    }

    private sealed record Outcome(string Shown, bool IsMatched);
}
