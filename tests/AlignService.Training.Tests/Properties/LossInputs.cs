using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Losses;
using static TorchSharp.torch;

namespace AlignService.Training.Tests.Properties;

/// <summary>The numbers of a minibatch, and what the loss makes of them.</summary>
internal sealed record LossInputs
{
    public required double[][] LogProbs { get; init; }

    public required double[][] Entropies { get; init; }

    public required double[][]? Old { get; init; }

    public required double[][] Reference { get; init; }

    public required double[][] Sampler { get; init; }

    public required double[] Advantages { get; init; }

    public required bool[][] Mask { get; init; }

    /// <summary>The rows in another order.</summary>
    public LossInputs Rows(int[] order) => new()
    {
        LogProbs = Pick(LogProbs, order),
        Entropies = Pick(Entropies, order),
        Old = Old is null ? null : Pick(Old, order),
        Reference = Pick(Reference, order),
        Sampler = Pick(Sampler, order),
        Advantages = Pick(Advantages, order),
        Mask = Pick(Mask, order),
    };

    /// <summary>The same rows with every number changed that the mask leaves out, and further columns of them.</summary>
    public LossInputs WithOtherPadding(Random random, int columns)
    {
        double[][] Changed(double[][] rows) => [.. rows.Select((row, i) => row.Select((value, t) => Mask[i][t] ? value : 100 * random.NextDouble() - 50)
            .Concat(Enumerable.Range(0, columns).Select(_ => random.Next(3) == 0 ? double.NaN : 100 * random.NextDouble())).ToArray())];
        return this with
        {
            LogProbs = Changed(LogProbs),
            Entropies = Changed(Entropies),
            Old = Old is null ? null : Changed(Old),
            Reference = Changed(Reference),
            Sampler = Changed(Sampler),
            Mask = [.. Mask.Select(row => row.Concat(Enumerable.Repeat(false, columns)).ToArray())],
        };
    }

    /// <param name="config">The variant.</param>
    /// <param name="sizes">Rows of each micro-batch.</param>
    /// <returns>Loss, and [B][T] gradients with respect to log-probs and entropies (zeros where nothing depends on them).</returns>
    public (double Loss, double[][] Gradient, double[][] EntropyGradient) Compute(GrpoLossConfig config, params int[] sizes)
    {
        using var scope = NewDisposeScope();
        Tensor logProbs = Matrix(LogProbs).requires_grad_();
        Tensor entropies = Matrix(Entropies).requires_grad_();
        Tensor mask = tensor(Mask.SelectMany(row => row).ToArray(), [Mask.Length, Mask[0].Length]);
        MinibatchTotals totals = MinibatchTotals.Of(mask, entropies, config.TopEntropyFraction);
        double loss = 0;
        int start = 0;
        foreach (int size in sizes.Length == 0 ? [Mask.Length] : sizes)
        {
            Tensor Part(double[][] rows) => Matrix(rows).narrow(0, start, size);
            MicroBatch micro = new()
            {
                Mask = mask.narrow(0, start, size),
                Advantages = tensor(Advantages).unsqueeze(1).narrow(0, start, size),
                OldLogProbs = Old is null ? null : Part(Old),
                ReferenceLogProbs = Part(Reference),
                SamplerLogProbs = Part(Sampler),
            };
            GrpoLoss part = GrpoLoss.Compute(logProbs.narrow(0, start, size), entropies.narrow(0, start, size), micro, totals, config);
            loss += part.Value.item<double>();
            if (part.Value.requires_grad)
            {
                part.Value.backward();
            }

            start += size;
        }

        return (loss, Gradient(logProbs), Gradient(entropies));
    }

    private static double[][] Gradient(Tensor of)
    {
        using Tensor gradient = of.grad?.clone() ?? zeros_like(of);
        return [.. gradient.data<double>().ToArray().Chunk((int)of.size(1))];
    }

    private static Tensor Matrix(double[][] rows) => tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);

    private static T[] Pick<T>(T[] rows, int[] order) => [.. order.Select(row => rows[row])];
}
