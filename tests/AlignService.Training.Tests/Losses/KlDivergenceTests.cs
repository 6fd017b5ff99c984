using AlignService.Specs.PolicyOptimization;
using AlignService.Testing;
using AlignService.Training.Losses;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Losses;

public sealed class KlDivergenceTests
{
    public static TheoryData<string> Rows => GoldenFolder.AlgorithmRows("kl.json", "cases");

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Estimate_GoldenCaseInDouble_GivesValuesAndGradient(string row) => Check(row, ScalarType.Float64, GoldenTolerance.Double);

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Estimate_GoldenCaseInFloat_GivesValuesAndGradient(string row) => Check(row, ScalarType.Float32, GoldenTolerance.Float);

    private static void Check(string row, ScalarType dtype, double tolerance)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("kl.json", row);
        foreach (string estimator in golden["expected"].Keys)
        {
            using var scope = NewDisposeScope();
            Tensor logProbs = GoldenTensors.Vector(golden.Doubles("log_probs"), dtype).requires_grad_();
            Tensor reference = GoldenTensors.Vector(golden.Doubles("ref_log_probs"), dtype);
            Tensor old = GoldenTensors.Vector(golden.Doubles("old_log_probs"), dtype);
            Tensor mask = ones_like(old, dtype: ScalarType.Bool);
            Tensor ratio = ProbabilityRatio.Compute(logProbs.unsqueeze(0), old.unsqueeze(0), mask.unsqueeze(0), RatioLevel.Token).squeeze(0);

            Tensor values = KlDivergence.Estimate(GrpoLossCase.Estimator(estimator), logProbs, reference, ratio);
            values.sum().backward();

            GoldenJson expected = golden["expected"][estimator];
            GoldenAssert.Close(row, $"{estimator} values", expected.Doubles("values"), values.Values(), tolerance);

            // The gradient of k3 loses digits in automatic differentiation where d is large: relative to the largest value.
            double scale = expected.Doubles("values").Select(Math.Abs).Append(1).Max();
            GoldenAssert.Absolute(row, $"{estimator} gradient", expected.Doubles("gradient"), logProbs.grad!.Values(), tolerance * scale);
        }

        golden.AssertAllRead();
    }
}
