using AlignService.Specs.Violations;
using AlignService.Text;
using Xunit;

namespace AlignService.Specs.Tests;

/// <summary>Whatever a request quotes, and however much is wrong with it, its violations stay small.</summary>
public sealed class ViolationListTests
{
    [Fact]
    public void A_long_value_is_cut_in_the_middle_and_the_way_out_stays()
    {
        var list = new ViolationList();
        list.Add($"spec.labels[{new string('k', 5000)}]", $"\"{new string('v', 1_000_000)}\" is not a profile; choose grpo.");

        Violation only = Assert.Single(list.Violations);
        Assert.InRange(only.Description.Length, 100, 250);
        Assert.InRange(only.Field.Length, 100, 200);
        Assert.StartsWith("\"vvv", only.Description, StringComparison.Ordinal);
        Assert.EndsWith("is not a profile; choose grpo.", only.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_violations_are_counted_not_kept()
    {
        var list = new ViolationList();
        for (int i = 0; i < 100_000; i++)
        {
            list.Add($"spec.grpo.rewards[{i}]", "no reward kind is set.");
        }

        Assert.Equal((1000, 99_000), (list.Violations.Count, list.OmittedCount));
        Assert.StartsWith("100000 faults in the request:", Assert.Throws<InvalidRequestException>(list.ThrowIfAny).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_of_any_length_is_answered_at_once()
    {
        string name = new('a', 20_000_000);
        Assert.Empty(NearNames.Find(name, ["grpo", name]));
        Assert.Equal(["grpo"], NearNames.Find("grop", ["grpo", name]));
    }

    [Theory]
    [InlineData("", 10, "")]
    [InlineData("0123456789", 10, "0123456789")]
    [InlineData("0123456789abcdef", 13, "0123 [...] ef")]
    [InlineData("0123456789", 7, " [...] ")]
    [InlineData("012\ud83d\ude00456789abcdef", 13, "012 [...] ef")] // half of a pair is no character
    [InlineData("0123456789abcd\ud83d\ude00", 13, "0123 [...] \ud83d\ude00")]
    [InlineData("0123456789abc\ud83d\ude00f", 13, "0123 [...] f")]
    public void Text_is_cut_between_characters(string text, int limit, string cut) => Assert.Equal(cut, ShortText.Cut(text, limit));
}
