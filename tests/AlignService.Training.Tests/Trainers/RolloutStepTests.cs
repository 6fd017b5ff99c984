using AlignService.Testing;
using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Optimization;
using AlignService.Training.Tests.Losses;
using AlignService.Training.Updates;
using TorchSharp;
using Xunit;

namespace AlignService.Training.Tests.Trainers;

/// <summary>The trace of a whole step: advantages, log-probs, losses and metrics of each update, then the weights.</summary>
public sealed class RolloutStepTests
{
    private const double Float = 1e-4; // golden/README-algorithms.md: at most
    private const double Double = 1e-8; // twelve digits, through four updates

    public static TheoryData<string> Rows => GoldenFolder.AlgorithmRows("rollout_step.json", "cases");

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Update_GoldenCaseInFloat_FollowsTheTrace(string row) => Check(row, torch.ScalarType.Float32, new MicroBatchPlan(null, 4096), Float);

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Update_GoldenCaseInDouble_FollowsTheTrace(string row) => Check(row, torch.ScalarType.Float64, new MicroBatchPlan(null, 4096), Double);

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Update_GoldenCaseInDoubleRowByRow_FollowsTheTrace(string row) => Check(row, torch.ScalarType.Float64, new MicroBatchPlan(1, 4096), Double);

    private static void Check(string row, torch.ScalarType dtype, MicroBatchPlan plan, double tolerance)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("rollout_step.json", row);
        GoldenJson expected = golden["expected"];
        using var scope = torch.NewDisposeScope();
        using RolloutStepCase step = new(golden, dtype);
        using AdamW optimizer = new(step.Policy.NamedParameters().Select(entry => KeyValuePair.Create<string, torch.Tensor>(entry.Name, entry.Parameter)), step.Optimizer);
        double[] advantages = step.Advantages();
        GoldenAssert.Close(row, "advantages", expected.Doubles("advantages"), advantages, GoldenTolerance.Double);

        double[][] old = step.LogProbs(step.Policy, plan);
        GoldenAssert.Close(row, "old_log_probs", Flat(expected["old_log_probs"]), [.. old.SelectMany(values => values)], tolerance);
        double[][] reference = step.ReferenceLogProbs(plan);
        TrainingBatch batch = new()
        {
            Rows = step.Rows,
            Advantages = RolloutAdvantages.OfRows(advantages),
            Mask = step.Mask(),
            OldLogProbs = old,
            ReferenceLogProbs = step.Loss.KlCoefficient == 0 ? null : reference,
        };

        PolicyUpdate update = new(new PolicyGradientAccumulator(step.Policy, plan, step.Temperature), optimizer);
        int totalSteps = step.EpochCount * step.Minibatches.Length;
        for (int i = 0; i < totalSteps; i++)
        {
            GoldenJson updated = expected["steps"].Items[i];
            Assert.Equal((i / step.Minibatches.Length, i % step.Minibatches.Length), (updated.Int("epoch"), updated.Int("minibatch")));
            MinibatchReport report = update.Run(
                batch, step.Minibatches[i % step.Minibatches.Length], step.Loss, LearningRates.At(step.Optimizer, i, totalSteps), TestContext.Current.CancellationToken);

            GoldenAssert.Close(row, $"step {i} loss", updated.Double("loss"), report.Metrics["policy/loss"], tolerance);
            GoldenAssert.Metrics($"{row} step {i}", updated["metrics"], report.Metrics, tolerance);
        }

        GoldenAssert.Close(row, "final_log_probs", Flat(expected["final_log_probs"]), [.. step.LogProbs(step.Policy, plan).SelectMany(values => values)], tolerance);
        CheckParameters(row, expected["parameters"], step, tolerance);
        golden.AssertAllRead();
    }

    private static void CheckParameters(string row, GoldenJson expected, RolloutStepCase step, double tolerance)
    {
        var parameters = step.Policy.NamedParameters().ToDictionary(entry => entry.Name, entry => entry.Parameter);
        GoldenAssert.Same(row, "parameter names", [.. expected.Keys.Order()], [.. parameters.Keys.Order()]);
        foreach (string name in expected.Keys)
        {
            double[] values = parameters[name].Values();
            double[] first = expected[name].Doubles("first");
            GoldenAssert.Close(row, $"{name} norm", expected[name].Double("norm"), Math.Sqrt(values.Sum(value => value * value)), tolerance);
            GoldenAssert.Close(row, $"{name} first", first, values[..first.Length], tolerance);
        }
    }

    private static double[] Flat(GoldenJson rows) => [.. rows.Items.SelectMany(values => values.AsDoubles())];
}
