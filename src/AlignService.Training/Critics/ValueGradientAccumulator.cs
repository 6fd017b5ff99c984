using AlignService.Specs.Examples;
using AlignService.Training.Advantages;
using AlignService.Training.Batches;
using AlignService.Training.Losses;
using AlignService.Training.Updates;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Training.Critics;

/// <summary>Loss of the critic on some rows of a step, micro-batch by micro-batch, and its gradient.</summary>
/// <param name="critic">Borrowed.</param>
/// <param name="plan">How rows are split into forward passes.</param>
/// <param name="valueClip">How far a value may move from its value at sampling time; null is off.</param>
internal sealed class ValueGradientAccumulator(Critic critic, MicroBatchPlan plan, double? valueClip)
{
    /// <summary>Adds the gradient of coefficient * loss to the critic's parameters.</summary>
    /// <returns>The loss, without the coefficient.</returns>
    public double Accumulate(TrainingBatch batch, int[] rows, double coefficient, CancellationToken cancellationToken)
    {
        TokenSequence[] sequences = [.. rows.Select(row => batch.Rows[row])];
        int tokenCount = rows.Where(row => batch.Mask[row]).Sum(row => batch.Rows[row].CompletionIds.Count);
        double loss = 0;
        foreach (int[] part in plan.Split(sequences))
        {
            cancellationToken.ThrowIfCancellationRequested();
            loss += AccumulatePart(batch, [.. part.Select(i => rows[i])], tokenCount, coefficient);
        }

        return loss;
    }

    private double AccumulatePart(TrainingBatch batch, int[] rows, int tokenCount, double coefficient)
    {
        using var scope = NewDisposeScope();
        ValueTargets targets = batch.Values ?? throw new InvalidOperationException("A critic needs the values and returns of the step.");
        TokenSequence[] sequences = [.. rows.Select(row => batch.Rows[row])];
        int[] lengths = [.. sequences.Select(sequence => sequence.CompletionIds.Count)];
        int width = lengths.Max();
        Tensor values = PaddedRows.Spread(critic.Values(sequences), lengths, width); // [B, T]

        Tensor Padded(IReadOnlyList<double[]> ragged) => PaddedRows.Of([.. rows.Select(row => ragged[row])], width, values.dtype, values.device);
        Tensor mask = PaddedRows.Mask(lengths, [.. rows.Select(row => batch.Mask[row])], width, values.device);
        Tensor loss = ValueLoss.Compute(values, Padded(targets.OldValues), Padded(targets.Returns), mask, (valueClip ?? double.PositiveInfinity, tokenCount));
        (coefficient * loss).backward();
        return loss.ToDouble();
    }
}
