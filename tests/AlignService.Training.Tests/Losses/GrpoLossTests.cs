using AlignService.Testing;
using AlignService.Training.Losses;
using Xunit;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Losses;

public sealed class GrpoLossTests
{
    public static TheoryData<string> Rows => GoldenFolder.AlgorithmRows("grpo_losses.json", "cases");

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Compute_GoldenCaseInDouble_GivesLossGradientAndMetrics(string row) => Check(row, ScalarType.Float64, GoldenTolerance.Double);

    [Theory]
    [MemberData(nameof(Rows))]
    [Trait("Category", "Golden")]
    public void Compute_GoldenCaseInFloat_GivesLossGradientAndMetrics(string row) => Check(row, ScalarType.Float32, GoldenTolerance.Float);

    private static void Check(string row, ScalarType dtype, double tolerance)
    {
        GoldenJson golden = GoldenFolder.AlgorithmCase("grpo_losses.json", row);
        int rowCount = golden["inputs"].Matrix("mask").Length;
        CheckSplit(row, golden, [rowCount], dtype, tolerance);
        if (golden.HasValue("splits"))
        {
            foreach (GoldenJson split in golden["splits"].Items)
            {
                int[] sizes = [.. split.AsDoubles().Select(size => (int)size)];
                CheckSplit($"{row} split {string.Join('+', sizes)}", golden, sizes, dtype, tolerance);
            }
        }

        golden.AssertAllRead();
    }

    private static void CheckSplit(string name, GoldenJson golden, int[] sizes, ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        GrpoLossCase loss = new(golden, dtype);
        MicroBatch batch = loss.Batch;
        MinibatchTotals totals = MinibatchTotals.Of(batch.Mask, loss.Entropies, loss.Config.TopEntropyFraction);
        LossMetrics metrics = new();
        int start = 0;
        foreach (int size in sizes)
        {
            Tensor? Part(Tensor? tensor) => tensor?.narrow(0, start, size);
            MicroBatch micro = new()
            {
                Mask = Part(batch.Mask)!,
                Advantages = Part(batch.Advantages)!,
                OldLogProbs = Part(batch.OldLogProbs),
                ReferenceLogProbs = Part(batch.ReferenceLogProbs),
                SamplerLogProbs = Part(batch.SamplerLogProbs),
            };
            GrpoLoss part = GrpoLoss.Compute(Part(loss.LogProbs)!, Part(loss.Entropies), micro, totals, loss.Config);
            metrics.Add(part.Statistics.Read());
            part.Value.backward();
            start += size;
        }

        GoldenJson expected = golden["expected"];
        GoldenAssert.Close(name, "loss", expected.Double("loss"), metrics.Loss, tolerance);
        GoldenAssert.Close(name, "gradient", [.. expected.Matrix("gradient").SelectMany(values => values)], loss.LogProbs.grad!.Values(), tolerance);
        if (expected.HasValue("entropy_gradient"))
        {
            GoldenAssert.Close(name, "entropy_gradient", [.. expected.Matrix("entropy_gradient").SelectMany(values => values)], loss.Entropies!.grad!.Values(), tolerance);
        }

        GoldenAssert.Metrics(name, expected["metrics"], metrics.ToDictionary(), tolerance);
    }
}
