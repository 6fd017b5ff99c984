using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using Xunit;

namespace AlignService.Training.Tests.Data;

/// <summary>Which rows are held out: by their prompts and the seed alone.</summary>
public sealed class HeldOutSplitTests
{
    private static readonly Prompt[] Rows = [.. Enumerable.Range(0, 2_000).Select(i => Row(i, $"question {i}"))];

    [Fact]
    public void Split_Fraction_IsMetOnAverage()
    {
        foreach (double fraction in (ReadOnlySpan<double>)[0.05, 0.1, 0.5, 0.9])
        {
            var (training, heldOut) = Split(Rows, fraction, seed: 3);

            // Six standard deviations of a binomial.
            Assert.InRange(heldOut.Count, (2_000 * fraction) - (6 * Math.Sqrt(2_000 * fraction * (1 - fraction))), (2_000 * fraction) + (6 * Math.Sqrt(2_000 * fraction * (1 - fraction))));
            Assert.Equal(Rows, training.Concat(heldOut).OrderBy(row => row.Index));
        }
    }

    [Fact]
    public void Split_OrderAndFurtherRows_ChangeNoRowsSide()
    {
        var held = Texts(Split(Rows, 0.1, seed: 0).HeldOut);

        Assert.Equal(held, Texts(Split([.. Rows.Reverse()], 0.1, seed: 0).HeldOut));
        Assert.Equal(held.Where(text => text.EndsWith('7')).ToHashSet(), Texts(Split([.. Rows.Where(row => row.Text!.EndsWith('7'))], 0.1, seed: 0).HeldOut));
        Assert.Subset(Texts(Split(Rows, 0.2, seed: 0).HeldOut), held); // a larger share holds the smaller one
        Assert.NotEqual(held, Texts(Split(Rows, 0.1, seed: 1).HeldOut));
    }

    [Fact]
    public void Split_SamePrompt_IsOnOneSide()
    {
        Prompt[] repeated = [.. Rows.Concat(Rows.Select(row => row with { Index = row.Index + 2_000, Answer = "another" }))];

        var (training, heldOut) = Split(repeated, 0.1, seed: 0);

        Assert.Empty(Texts(training).Intersect(Texts(heldOut)));
        Assert.Equal(2 * Split(Rows, 0.1, seed: 0).HeldOut.Count, heldOut.Count);
    }

    [Fact]
    public void Position_DiffersByEverythingThatIsAsked()
    {
        Prompt[] prompts =
        [
            Row(0, "ab"), Row(0, "a"), Row(0, ""), Chat(("user", "ab")), Chat(("user", "a"), ("user", "b")), Chat(("usera", "b")), Chat(("system", "ab")), Chat(("user", null)), Chat(("user", "")),
        ];

        Assert.Equal(prompts.Length, prompts.Select(prompt => HeldOutSplit.Position(prompt, 0)).Distinct().Count());
    }

    /// <summary>The draw is a promise: a job that is repeated in another version holds out the same rows.</summary>
    [Fact]
    public void Position_OfKnownPrompts_NeverChanges()
    {
        Assert.Equal(Expected.Text, HeldOutSplit.Position(Row(5, "question 1"), 0), 15);
        Assert.Equal(Expected.Chat, HeldOutSplit.Position(Chat(("user", "hi é")), 7), 15);
    }

    [Theory]
    [InlineData(2, 0.0001)]
    [InlineData(2, 0.9999)]
    [InlineData(1, 0.5)]
    public void Split_EmptySide_IsRefused(int count, double fraction) =>
        Assert.Contains("leaves", Assert.Throws<DataException>(() => Split(Rows[..count], fraction, seed: 0)).Message, StringComparison.Ordinal);

    [Fact]
    public void Split_NoFraction_HoldsNothingOut() => Assert.Equal((2_000, 0), (Split(Rows, 0, seed: 0).Training.Count, Split(Rows, 0, seed: 0).HeldOut.Count));

    /// <summary>Computed by hashlib: sha256 over length-prefixed texts, as HeldOutSplit says.</summary>
    private static (double Text, double Chat) Expected => (0.974970344659328, 0.18766117216064104);

    private static (IReadOnlyList<Prompt> Training, IReadOnlyList<Prompt> HeldOut) Split(IReadOnlyList<Prompt> rows, double fraction, int seed) =>
        PromptFile.Split(rows, new PromptSourceConfig { HeldOutFraction = fraction, HeldOutSeed = seed });

    private static HashSet<string> Texts(IEnumerable<Prompt> prompts) => [.. prompts.Select(prompt => prompt.Text!)];

    private static Prompt Row(int index, string text) => new(index, text, null, null);

    private static Prompt Chat(params (string Role, string? Content)[] messages) => new(0, null, [.. messages.Select(message => new PromptMessage(message.Role, message.Content))], null);
}
