using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Advantages;
using AlignService.Training.Rewards;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace AlignService.Training.Tests.Properties;

/// <summary>What holds for the advantages of any rewards.</summary>
public sealed class AdvantageProperties
{
    private const double Epsilon = 1e-4;

    /// <summary>Advantages are of the order of 1 to 100; sums of a few dozen doubles round in the last digits.</summary>
    private const double Tolerance = 1e-9;

    private static readonly AdvantageKind[] Kinds = [.. GroupAdvantage.Formulas.Keys];

    // Sixteenths: shifts and scales by whole numbers and powers of two are exact, and equal rewards are not rare.
    private static readonly Gen<double> Reward = Gen.Frequency((9, Gen.Choose(-64, 64).Select(value => value / 16.0)), (1, Gen.Constant(double.NaN)));

    private static readonly Arbitrary<RewardTable> Tables = (
        from groupSize in Gen.Choose(2, 5)
        from groupCount in Gen.Choose(1, 4)
        from sourceCount in Gen.Choose(1, 3)
        from weights in Gen.Choose(-4, 8).Select(weight => weight / 4.0).ArrayOf(sourceCount)
        from scores in Reward.ArrayOf(sourceCount).ArrayOf(groupSize * groupCount)
        select new RewardTable(scores, weights, groupSize)).ToArbitrary();

    [Fact]
    public void Shifting_the_rewards_of_a_group_changes_nothing_except_under_batch_std() => Hold((table, seed) =>
    {
        // Every score of a group moves; a row without a source would move by less than its neighbours, so each row has all its sources or none.
        RewardTable whole = table.Scored(PartialScores.ExcludeRow);
        int group = seed % whole.GroupCount;
        RewardTable shifted = new([.. whole.Scores.Select((row, i) => i / whole.GroupSize == group ? (IReadOnlyList<double>)[.. row.Select(score => score + 7)] : row)], whole.Weights, whole.GroupSize);

        foreach (AdvantageKind kind in Kinds.Where(kind => kind != AdvantageKind.BatchStd))
        {
            AssertClose(GroupAdvantage.Formulas[kind](whole, Epsilon), GroupAdvantage.Formulas[kind](shifted, Epsilon), $"{kind}");
        }
    });

    [Fact]
    public void Shifting_every_group_alike_changes_nothing_under_batch_std_either() => Hold((table, _) =>
    {
        RewardTable whole = table.Scored(PartialScores.ExcludeRow);
        RewardTable shifted = new([.. whole.Scores.Select(row => (IReadOnlyList<double>)[.. row.Select(score => score + 7)])], whole.Weights, whole.GroupSize);

        AssertClose(GroupAdvantage.Formulas[AdvantageKind.BatchStd](whole, Epsilon), GroupAdvantage.Formulas[AdvantageKind.BatchStd](shifted, Epsilon), "batch_std");
    });

    [Fact]
    public void Scaling_rewards_and_epsilon_together_changes_nothing_under_group_std() => Hold((table, seed) =>
    {
        double scale = Math.Pow(2, seed % 13 - 6);
        RewardTable scaled = new([.. table.Scores.Select(row => (IReadOnlyList<double>)[.. row.Select(score => score * scale)])], table.Weights, table.GroupSize);

        AssertClose(GroupAdvantage.Formulas[AdvantageKind.GroupStd](table, Epsilon), GroupAdvantage.Formulas[AdvantageKind.GroupStd](scaled, Epsilon * scale), $"scale {scale}");
    });

    [Fact]
    public void Permuting_rows_within_groups_and_groups_permutes_the_result() => Hold((table, seed) =>
    {
        Random random = new(seed);
        int[] order = [.. Shuffled(table.GroupCount, random).SelectMany(group => Shuffled(table.GroupSize, random).Select(row => group * table.GroupSize + row))];
        RewardTable permuted = new([.. order.Select(row => table.Scores[row])], table.Weights, table.GroupSize);

        foreach (AdvantageKind kind in Kinds)
        {
            double[] straight = GroupAdvantage.Formulas[kind](table, Epsilon);
            AssertClose([.. order.Select(row => straight[row])], GroupAdvantage.Formulas[kind](permuted, Epsilon), $"{kind}");
        }
    });

    [Fact]
    public void A_flat_group_has_advantages_of_exactly_zero() => Hold((table, seed) =>
    {
        int group = seed % table.GroupCount;
        double level = new Random(seed).NextDouble(); // not a sixteenth: its mean may round
        RewardTable flat = new([.. table.Scores.Select((row, i) => i / table.GroupSize == group ? (IReadOnlyList<double>)[.. row.Select(_ => level)] : row)], table.Weights, table.GroupSize);

        foreach (AdvantageKind kind in Kinds)
        {
            Assert.All(flat.Group(GroupAdvantage.Formulas[kind](flat, Epsilon), group), advantage => Assert.Equal(0.0, advantage));
        }
    });

    private static void Hold(Action<RewardTable, int> property) =>
        Prop.ForAll(Tables, Gen.Choose(0, 1_000_000).ToArbitrary(), (table, seed) => property(table, seed)).Check(Config.QuickThrowOnFailure);

    private static int[] Shuffled(int count, Random random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle(order);
        return order;
    }

    private static void AssertClose(double[] expected, double[] got, string what) => Assert.All(expected.Zip(got), pair =>
        Assert.True(Math.Abs(pair.First - pair.Second) <= Tolerance * Math.Max(1, expected.Max(Math.Abs)), $"{what}: {pair.First} became {pair.Second}"));
}
