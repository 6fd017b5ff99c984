using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Testing;
using AlignService.Training.Advantages;
using AlignService.Training.Rewards;
using Xunit;

namespace AlignService.Training.Tests.Advantages;

public sealed class GroupAdvantageTests
{
    public static TheoryData<string> Rows => GoldenFolder.AlgorithmRows("advantages.json", "cases");

    public static TheoryData<AdvantageKind> Kinds => [.. GroupAdvantage.Formulas.Keys];

    public static TheoryData<string> ProcessRows => GoldenFolder.AlgorithmRows("process_advantages.json", "cases");

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Compute_GoldenCase_GivesTheAdvantages(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("advantages.json", row);
        RewardTable table = new(golden.Matrix("rewards"), golden.Doubles("weights"), golden.Int("group_size"));

        double[] advantages = GroupAdvantage.Formulas[Kind(golden.Text("kind"))](table, golden.Double("eps"));

        GoldenAssert.Close(row, "advantages", golden.Doubles("expected"), advantages, GoldenTolerance.Double);
        for (int i = 0; i < advantages.Length; i++)
        {
            Assert.True(golden.Doubles("expected")[i] != 0 || advantages[i] == 0, $"{row}: advantages[{i}], expected exactly 0, got {advantages[i]}, tolerance none");
        }

        if (golden.HasValue("metrics"))
        {
            GoldenAssert.Metrics(row, golden["metrics"], RewardMetrics.Of(table), GoldenTolerance.Double);
        }

        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(ProcessRows))]
    [Trait("Category", "Golden")]
    public void ProcessAdvantage_GoldenCase_GivesTheAdvantages(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("process_advantages.json", row);
        int groupSize = golden.Int("group_size");
        (int Length, SegmentScore[] Segments)[] completions = [.. golden["completions"].Items.Select(completion =>
            (completion.Int("length"), completion.Ints("step_ends").Zip(completion.Doubles("step_rewards"), (end, reward) => new SegmentScore(end, reward)).ToArray()))];

        double[][] advantages = [.. completions.Chunk(groupSize).SelectMany(group =>
            ProcessAdvantage.Compute([.. group.Select(completion => completion.Segments)], [.. group.Select(completion => completion.Length)], golden.Double("eps")))];

        double[][] expected = golden.Matrix("expected");
        Assert.Equal(expected.Length, advantages.Length);
        GoldenAssert.Close(row, "advantages", [.. expected.SelectMany(values => values)], [.. advantages.SelectMany(values => values)], GoldenTolerance.Double);
        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Compute_AllRewardsOfAGroupShifted_ChangesNothing(AdvantageKind kind)
    {
        double[] rewards = [0.5, 1, -2, 0.25, 3, 1, 1, 2];
        double[] shifted = [.. rewards.Select((reward, row) => kind == AdvantageKind.BatchStd ? reward + 8 : reward + (row < 4 ? 8 : -4))];

        double[] before = GroupAdvantage.Formulas[kind](Table(rewards), 1e-4);
        double[] after = GroupAdvantage.Formulas[kind](Table(shifted), 1e-4);

        Assert.Equal(before, after, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    private static RewardTable Table(double[] rewards) => new([.. rewards.Select(reward => new[] { reward })], [1], 4);

    private static AdvantageKind Kind(string name) => name switch
    {
        "group_std" => AdvantageKind.GroupStd,
        "batch_std" => AdvantageKind.BatchStd,
        "none" => AdvantageKind.MeanCentered,
        "leave_one_out" => AdvantageKind.LeaveOneOut,
        "normalize_then_sum" => AdvantageKind.NormalizeThenSum,
        _ => throw new InvalidOperationException($"advantages.json names an advantage that is unknown here: {name}"),
    };
}
