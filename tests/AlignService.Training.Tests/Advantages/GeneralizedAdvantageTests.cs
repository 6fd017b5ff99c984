using AlignService.Specs.PolicyOptimization;
using AlignService.Testing;
using AlignService.Training.Advantages;
using AlignService.Training.Losses;
using AlignService.Training.Rewards;
using AlignService.Training.Tests.Losses;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Advantages;

public sealed class GeneralizedAdvantageTests
{
    private const string File = "gae.json";

    public static TheoryData<string> GaeRows => GoldenFolder.AlgorithmRows(File, "gae");

    public static TheoryData<string> PolicyLossRows => GoldenFolder.AlgorithmRows(File, "policy_loss");

    public static TheoryData<string> ValueLossRows => GoldenFolder.AlgorithmRows(File, "value_loss");

    public static TheoryData<string> VarianceRows => GoldenFolder.AlgorithmRows(File, "explained_variance");

    public static TheoryData<string> KlRows => GoldenFolder.AlgorithmRows(File, "kl_in_reward");

    [Theory]
    [MemberData(nameof(GaeRows))]
    [Trait("Category", "Golden")]
    public void Compute_GoldenCase_GivesAdvantagesReturnsAndWhitened(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase(File, row);
        double[][] mask = golden.Matrix("mask");
        double[][] rewards = Counted(golden.Matrix("rewards"), mask), values = Counted(golden.Matrix("values"), mask);

        GeneralizedAdvantage[] got = [.. rewards.Zip(values, (r, v) => GeneralizedAdvantage.Compute(r, v, golden.Double("gamma"), golden.Double("lambda")))];

        GoldenJson expected = golden["expected"];
        Compare(row, "advantages", expected, [.. got.Select(each => each.Advantages)]);
        Compare(row, "returns", expected, [.. got.Select(each => each.Returns)]);
        Compare(row, "whitened", expected, GeneralizedAdvantage.Whiten([.. got.Select(each => each.Advantages)]));
        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(PolicyLossRows))]
    [Trait("Category", "Golden")]
    public void PolicyLoss_GoldenCase_IsTheClippedTokenMean(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase(File, row);
        using var scope = NewDisposeScope();
        Tensor Read(string key) => GoldenTensors.Matrix(golden, key, ScalarType.Float64);
        Tensor logProbs = Read("log_probs").requires_grad_();
        MicroBatch micro = new()
        {
            Mask = GoldenTensors.Matrix(golden, "mask", ScalarType.Bool),
            Advantages = Read("advantages"),
            OldLogProbs = golden.HasValue("old_log_probs") ? Read("old_log_probs") : null,
        };
        GrpoLossConfig config = new() { Aggregation = Aggregation.TokenMean, ClipLow = golden.Double("clip_low"), ClipHigh = golden.Double("clip_high"), KlCoefficient = 0 };

        GrpoLoss loss = GrpoLoss.Compute(logProbs, null, micro, MinibatchTotals.Of(micro.Mask, null, null), config);
        loss.Value.backward();
        LossMetrics metrics = new();
        metrics.Add(loss.Statistics.Read());

        GoldenJson expected = golden["expected"];
        GoldenAssert.Close(row, "loss", expected.Double("loss"), loss.Value.Value(), GoldenTolerance.Double);
        GoldenAssert.Close(row, "gradient", [.. expected.Matrix("gradient").SelectMany(values => values)], logProbs.grad!.Values(), GoldenTolerance.Double);
        GoldenAssert.Metrics(row, expected["metrics"], metrics.ToDictionary(), GoldenTolerance.Double);
        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(ValueLossRows))]
    [Trait("Category", "Golden")]
    public void ValueLoss_GoldenCase_GivesLossAndGradient(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase(File, row);
        using var scope = NewDisposeScope();
        Tensor Read(string key) => GoldenTensors.Matrix(golden, key, ScalarType.Float64);
        Tensor values = Read("values").requires_grad_();
        Tensor mask = GoldenTensors.Matrix(golden, "mask", ScalarType.Bool);

        double clip = golden.OptionalDouble("value_clip") ?? double.PositiveInfinity;
        Tensor loss = ValueLoss.Compute(values, Read("old_values"), Read("returns"), mask, (clip, (int)mask.sum().Value()));
        loss.backward();

        GoldenAssert.Close(row, "loss", golden["expected"].Double("loss"), loss.Value(), GoldenTolerance.Double);
        GoldenAssert.Close(row, "gradient", [.. golden["expected"].Matrix("gradient").SelectMany(each => each)], values.grad!.Values(), GoldenTolerance.Double);
        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(VarianceRows))]
    [Trait("Category", "Golden")]
    public void ExplainedVariance_GoldenCase_GivesTheShare(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase(File, row);
        double[][] mask = golden.Matrix("mask");
        double[] values = [.. Counted(golden.Matrix("values"), mask).SelectMany(each => each)], returns = [.. Counted(golden.Matrix("returns"), mask).SelectMany(each => each)];

        double? got = GeneralizedAdvantage.ExplainedVariance(values, returns);

        GoldenAssert.Close(row, "explained variance", golden["expected"].AsDouble(), got ?? double.NaN, GoldenTolerance.Double);
        golden.AssertAllRead();
    }

    [Theory]
    [MemberData(nameof(KlRows))]
    [Trait("Category", "Golden")]
    public void KlInReward_GoldenCase_LowersTheRewards(string row)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase(File, row);
        double[][] mask = golden.Matrix("mask");
        double beta = golden.Double("kl_coefficient");
        double[] scores = golden.Doubles("scores");
        StepLogProbs logProbs = new(Counted(golden.Matrix("old_log_probs"), mask), Counted(golden.Matrix("ref_log_probs"), mask));

        double[] rewards = [.. scores.Zip(logProbs.SummedKl(), (score, kl) => score - beta * kl)];
        double[] advantages = GroupAdvantage.LeaveOneOut(new RewardTable([.. rewards.Select(reward => new[] { reward })], [1], golden.Int("group_size")), 0);

        GoldenJson expected = golden["expected"];
        GoldenAssert.Close(row, "row_rewards", expected.Doubles("row_rewards"), rewards, GoldenTolerance.Double);
        GoldenAssert.Close(row, "leave_one_out", expected.Doubles("leave_one_out"), advantages, GoldenTolerance.Double);
        GoldenAssert.Close(row, "policy/kl", expected.Double("policy/kl"), logProbs.MeanKl([.. scores.Select(_ => true)]), GoldenTolerance.Double);
        Compare(row, "token_rewards", expected, logProbs.TokenRewards(scores, beta));
        golden.AssertAllRead();
    }

    private static double[][] Counted(double[][] rows, double[][] mask) => [.. rows.Zip(mask, (values, counts) => values.Where((_, t) => counts[t] != 0).ToArray())];

    /// <summary>Ragged rows against the file's padded ones, which are 0 behind the ends.</summary>
    private static void Compare(string row, string what, GoldenJson expected, double[][] got)
    {
        double[][] padded = expected.Matrix(what);
        GoldenAssert.Close(
            row, what, [.. padded.SelectMany(values => values)], [.. got.SelectMany((values, i) => values.Concat(Enumerable.Repeat(0.0, padded[i].Length - values.Length)))], GoldenTolerance.Double);
    }
}
