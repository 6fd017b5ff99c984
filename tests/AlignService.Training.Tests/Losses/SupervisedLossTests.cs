using AlignService.Model.LogProbs;
using AlignService.Testing;
using AlignService.Training.Losses;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Losses;

public sealed class SupervisedLossTests
{
    public static TheoryData<string> Rows => GoldenFolder.AlgorithmRows("supervised.json", "cases");

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Compute_GoldenCaseInDouble_GivesLossAndGradient(string row) => Check(row, ScalarType.Float64, GoldenTolerance.Double);

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Compute_GoldenCaseInFloat_GivesLossAndGradient(string row) => Check(row, ScalarType.Float32, GoldenTolerance.Float);

    private static void Check(string row, ScalarType dtype, double tolerance)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("supervised.json", row);
        using var scope = NewDisposeScope();
        double[] values = [.. golden["logits"].Items.SelectMany(sequence => sequence.Items).SelectMany(logits => logits.AsDoubles())];
        int[] labels = [.. golden.Matrix("labels").SelectMany(sequence => sequence).Select(label => (int)label)];
        Tensor counted = tensor(golden.Matrix("mask").SelectMany(sequence => sequence).Select(mask => mask != 0).ToArray()).nonzero().squeeze(1);
        int vocabularySize = values.Length / labels.Length;
        Tensor logits = tensor(values, [labels.Length, vocabularySize], dtype: dtype).requires_grad_();

        // An identity as head makes the states the logits.
        Tensor tokens = tensor(labels, dtype: ScalarType.Int64).index_select(0, counted);
        Tensor logProbs = SelectedLogProbs.Compute(logits.index_select(0, counted), eye(vocabularySize, dtype: dtype), tokens, 1).Values;
        GoldenJson expected = golden["expected"];
        Tensor loss = SupervisedLoss.Compute(logProbs, expected.Int("token_count"));
        loss.backward();

        Assert.Equal(expected.Int("token_count"), (int)counted.numel());
        GoldenAssert.Close(row, "loss", expected.Double("loss"), loss.Value(), tolerance);
        double[] gradient = logits.grad is null ? new double[values.Length] : logits.grad.Values();
        GoldenAssert.Close(row, "gradient", [.. expected["gradient"].Items.SelectMany(sequence => sequence.Items).SelectMany(row => row.AsDoubles())], gradient, tolerance);
        GoldenAssert.Close(row, "gradient_norm", expected.Double("gradient_norm"), Math.Sqrt(gradient.Sum(value => value * value)), tolerance);
        golden.AssertAllRead();
    }
}
