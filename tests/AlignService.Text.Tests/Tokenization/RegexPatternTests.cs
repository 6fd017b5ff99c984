using AlignService.Text.Tokenization.Patterns;
using Xunit;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>What is special in Oniguruma's syntax or in matching scalar values; expected matches separated by bars.</summary>
public sealed class RegexPatternTests
{
    [Theory]
    [InlineData(@"\p{L}+", "a\U00010400b \U0001D7D8", "a\U00010400b")]
    [InlineData(@"\p{N}", "1\U0001D7D8\u00B2", "1|\U0001D7D8|\u00B2")]
    [InlineData("[^a]", "a\U0001F600", "\U0001F600")]
    [InlineData(".", "\U0001F600\nb", "\U0001F600|b")]
    [InlineData("(?m:.)", "a\nb", "a|\n|b")]
    [InlineData("^.", "ab\ncd", "a|c")]
    [InlineData(".$", "ab\ncd", "b|d")]
    [InlineData(@"\A.", "ab\ncd", "a")]
    [InlineData("(?i:'s|'t)", "'S'\u017F't", "'S|'\u017F|'t")]
    [InlineData("(?i)k", "K\u212A", "K|\u212A")]
    [InlineData("(?i:[^a])", "aAb", "b")]
    [InlineData(@"\s+(?!\S)|\s+", "a   b ", "  | | ")]
    [InlineData("[a-c&&[^b]]", "abc", "a|c")]
    [InlineData("[[:punct:]]", "a.$\u00D7", ".|$|\u00D7")]
    [InlineData(@"\p{Punct}", "a.$", ".")]
    [InlineData(@"\w", "\u00B2\u200D_", "\u00B2|_")]
    [InlineData(@"[\w]", "\u00B2_", "_")]
    [InlineData("a{2}", "aaaaa", "aa|aa")]
    [InlineData("(?:ab){1,2}c", "ababc abc", "ababc|abc")]
    [InlineData("a++b|a", "aab aa", "aab|a|a")]
    [InlineData("(?>a+)b", "aab", "aab")]
    [InlineData("(?<=a)b|(?<!b)c", "ab bc c", "b|c")]
    [InlineData("(a|b)*c", "abac", "abac")]
    [InlineData("(?:)*x|y", "xy", "x|y")]
    [InlineData(@"\h+", "12fg", "12f")]
    [InlineData(@"[-a\]]", "-a]b", "-|a|]")]
    [InlineData(@"\x41\u0042\x{1F600}", "AB\U0001F600", "AB\U0001F600")]
    [InlineData(@"\p{Han}+", "\u4E2Da\U00020000", "\u4E2D|\U00020000")]
    [InlineData(@"\p{^L}\P{L}", "a12", "12")]
    public void FindMatches_GivesTheMatches(string pattern, string text, string expected)
    {
        var matches = new List<PatternMatch>();
        new RegexPattern(pattern).FindMatches(text, matches, CancellationToken.None);
        Assert.Equal(expected, string.Join('|', matches.Select(match => text[match.Start..match.End])));
    }

    [Fact]
    public void FindMatches_EmptyMatches_AreFoundOncePerPlace()
    {
        var matches = new List<PatternMatch>();
        new RegexPattern("a*").FindMatches("baac", matches, CancellationToken.None);
        Assert.Equal([new(0, 0), new(1, 3), new(4, 4)], matches);
    }

    [Theory]
    [InlineData(@"(a)\1", "\\1")]
    [InlineData(@"\K", "\\K")]
    [InlineData(@"\X", "\\X")]
    [InlineData(@"\p{Klingon}", "Klingon")]
    [InlineData("[[:alpha:]]", "alpha")]
    [InlineData("(a", "'('")]
    [InlineData("a)", "')'")]
    [InlineData("[a", "end")]
    [InlineData("*a", "repetition")]
    [InlineData("(?<=a+)b", "look-behind of variable length")]
    [InlineData("a{1001}", "1000")]
    public void Pattern_ThatIsNotSupported_IsRefusedByName(string pattern, string name)
    {
        CheckpointException exception = Assert.Throws<CheckpointException>(() => new RegexPattern(pattern));
        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FindMatches_PatternThatExplodes_IsStopped()
    {
        var pattern = new RegexPattern("(a|aa)+$");
        CheckpointException exception = Assert.Throws<CheckpointException>(() => pattern.FindMatches(new string('a', 60) + "b", [], CancellationToken.None));
        Assert.Contains("steps", exception.Message, StringComparison.Ordinal);
    }
}
