using AlignService.Testing;
using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Metrics;
using AlignService.Training.Tests.Losses;
using AlignService.Training.Updates;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;

namespace AlignService.Training.Tests.Critics;

/// <summary>The trace of a whole PPO step: what is measured and estimated before it, each update, then both models' weights.</summary>
public sealed class PpoStepTests
{
    private const double Float = 1e-4; // golden/README-algorithms.md: at most
    private const double Double = 1e-8; // twelve digits, through eight updates

    private static readonly MicroBatchPlan Whole = new(null, 4096);

    public static TheoryData<string> Rows => GoldenFolder.AlgorithmRows("ppo_step.json", "cases");

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Update_GoldenCaseInFloat_FollowsTheTrace(string row) => Check(row, torch.ScalarType.Float32, Whole, Float);

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Update_GoldenCaseInDouble_FollowsTheTrace(string row) => Check(row, torch.ScalarType.Float64, Whole, Double);

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Update_GoldenCaseInDoubleRowByRow_FollowsTheTrace(string row) => Check(row, torch.ScalarType.Float64, new MicroBatchPlan(1, 4096), Double);

    private static void Check(string row, torch.ScalarType dtype, MicroBatchPlan plan, double tolerance)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("ppo_step.json", row);
        GoldenJson expected = golden["expected"];
        using var scope = torch.NewDisposeScope();
        using PpoStepCase step = new(golden, dtype, plan);

        StepInputs measured = step.Measure();
        StepRecorder recorder = new(TimeProvider.System);
        AdvantageResult result = step.Estimator.Estimate(measured, recorder);
        CheckBefore(row, expected, measured, result, tolerance);
        GoldenAssert.Close(row, "critic/explained_variance", expected.Double("critic/explained_variance"), recorder.Metrics["critic/explained_variance"], tolerance);

        TrainingBatch batch = PpoStepCase.Batch(measured, result);
        for (int i = 0; i < step.Config.EpochCount * step.Minibatches.Length; i++)
        {
            GoldenJson updated = expected["steps"].Items[i];
            Assert.Equal((i / step.Minibatches.Length, i % step.Minibatches.Length), (updated.Int("epoch"), updated.Int("minibatch")));
            MinibatchReport report = step.Updates.Minibatch.Run(
                batch, step.Minibatches[i % step.Minibatches.Length], step.Config.Loss, step.Config.Optimizer.LearningRate, TestContext.Current.CancellationToken);
            CheckUpdate($"{row} step {i}", updated, report.Metrics, step.Config.Critic!.ValueCoefficient, tolerance);
        }

        StepInputs after = step.Measure();
        GoldenAssert.Close(row, "final_log_probs", Flat(expected["final_log_probs"]), Flat(after.LogProbs.Old!), tolerance);
        GoldenAssert.Close(row, "final_values", Flat(expected["final_values"]), Flat(after.Values!), tolerance);
        CheckParameters(row, expected["parameters"], step.Policy.NamedParameters(), tolerance);
        CheckParameters(row, expected["critic_parameters"], step.Critic.NamedParameters(), tolerance);
        golden.AssertAllRead();
    }

    private static void CheckBefore(string row, GoldenJson expected, StepInputs measured, AdvantageResult result, double tolerance)
    {
        double[][] rewards = measured.LogProbs.TokenRewards(result.Rewards, measured.KlCoefficient);
        double[][] advantages = [.. result.Values!.Returns.Zip(result.Values.OldValues, (returns, values) => returns.Zip(values, (target, value) => target - value).ToArray())];
        (string Name, IReadOnlyList<double[]> Got)[] lists =
        [
            ("old_log_probs", measured.LogProbs.Old!), ("ref_log_probs", measured.LogProbs.Reference!), ("old_values", result.Values.OldValues),
            ("token_rewards", rewards), ("advantages", advantages), ("returns", result.Values.Returns), ("whitened", result.Advantages.Rows),
        ];
        foreach ((string name, IReadOnlyList<double[]> got) in lists)
        {
            GoldenAssert.Close(row, name, Flat(expected[name]), Flat(got), tolerance);
        }

        GoldenAssert.Close(row, "policy/kl", expected.Double("policy/kl"), measured.LogProbs.MeanKl(result.Mask), tolerance);
    }

    private static void CheckUpdate(string name, GoldenJson updated, IReadOnlyDictionary<string, double> metrics, double valueCoefficient, double tolerance)
    {
        double both = metrics["policy/grad_norm"], critic = metrics["critic/grad_norm"];
        GoldenAssert.Close(name, "loss", updated.Double("loss"), metrics["policy/loss"] + valueCoefficient * metrics["critic/loss"], tolerance);
        GoldenAssert.Close(name, "critic_gradient_norm", updated.Double("critic_gradient_norm"), critic, tolerance);
        GoldenAssert.Close(name, "policy_gradient_norm", updated.Double("policy_gradient_norm"), Math.Sqrt(both * both - critic * critic), tolerance);
        GoldenAssert.Metrics(name, updated["metrics"], metrics, tolerance);
    }

    private static void CheckParameters(string row, GoldenJson expected, IEnumerable<(string Name, Parameter Parameter)> parameters, double tolerance)
    {
        Dictionary<string, Parameter> byName = parameters.ToDictionary(entry => entry.Name, entry => entry.Parameter);
        GoldenAssert.Same(row, "parameter names", [.. expected.Keys.Order()], [.. byName.Keys.Order()]);
        foreach (string name in expected.Keys)
        {
            double[] values = byName[name].Values();
            double[] first = expected[name].Doubles("first");
            GoldenAssert.Close(row, $"{name} norm", expected[name].Double("norm"), Math.Sqrt(values.Sum(value => value * value)), tolerance);
            GoldenAssert.Close(row, $"{name} first", first, values[..first.Length], tolerance);
        }
    }

    private static double[] Flat(GoldenJson rows) => [.. rows.Items.SelectMany(values => values.AsDoubles())];

    private static double[] Flat(IEnumerable<double[]> rows) => [.. rows.SelectMany(values => values)];
}
