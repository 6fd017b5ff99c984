using System.Diagnostics;
using System.Runtime.CompilerServices;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Numbers;
using Xunit;

namespace AlignService.Specs.Tests.Rewards;

/// <summary>The number in a text is the one that a reader sees, exactly; where there is doubt there is none.</summary>
public sealed class FinalNumberTests
{
    /// <summary>Text, tab, number (whole, a fraction in lowest terms, or none).</summary>
    [Fact]
    public void Find_EachFormOfTheTable_IsTheNumberThatAReaderSees()
    {
        (string Text, string Number)[] rows = [.. File.ReadAllLines(TableFile()).Select(line => line.Split('\t')).Select(parts => (parts[0], parts[1]))];
        Assert.True(rows.Length >= 200, $"{rows.Length} rows");
        string[] wrong = [.. rows.Select(row => (row, Found: Text(FinalNumber.Find(row.Text)))).Where(one => one.Found != one.row.Number).Select(one => $"{one.row.Text}: expected {one.row.Number}, got {one.Found}")];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    /// <summary>Every digit counts: as doubles these are equal.</summary>
    [Fact]
    public void Find_LongNumbers_AreNotRounded() =>
        Assert.NotEqual(FinalNumber.Find("#### 123456789012345678"), FinalNumber.Find("#### 123456789012345679"));

    [Theory]
    [InlineData("\\frac{", 40_000)]
    [InlineData("\\sqrt{", 40_000)]
    [InlineData("x^{", 60_000)]
    [InlineData("1,000", 40_000)]
    [InlineData("0.\\overline{", 20_000)]
    [InlineData("$-", 100_000)]
    [InlineData("1/", 100_000)]
    [InlineData("1*", 100_000)]
    [InlineData("2^", 100_000)]
    [InlineData("9", 300_000)]
    [InlineData("\\boxed{", 40_000)]
    [InlineData("####", 60_000)]
    [InlineData("1.234.567,", 30_000)]
    [InlineData("1 ", 150_000)]
    [InlineData("½", 100_000)]
    public void Find_HostileTexts_TakeLittleTime(string part, int count)
    {
        string text = string.Concat(Enumerable.Repeat(part, count));
        long start = Stopwatch.GetTimestamp();

        FinalNumber.Find(text);

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
    }

    private static string Text(ExactNumber? number) => number is { } value ? value.IsWhole ? $"{value.Numerator}" : $"{value.Numerator}/{value.Denominator}" : "none";

    private static string TableFile([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "final-numbers.txt");
}
