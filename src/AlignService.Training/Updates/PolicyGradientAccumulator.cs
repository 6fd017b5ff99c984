using AlignService.Model.Architecture;
using AlignService.Model.LogProbs;
using AlignService.Specs.Examples;
using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Batches;
using AlignService.Training.Losses;
using AlignService.Training.Policies;
using static TorchSharp.torch;

namespace AlignService.Training.Updates;

/// <summary>Loss of the policy on some rows of a step, micro-batch by micro-batch, and its gradient.</summary>
/// <param name="policy">Borrowed.</param>
/// <param name="plan">How rows are split into forward passes.</param>
/// <param name="temperature">The sampling temperature; divides the logits here too.</param>
/// <param name="dropout">Dropout of the policy's adapter; null: none.</param>
internal sealed class PolicyGradientAccumulator(Transformer policy, MicroBatchPlan plan, double temperature, DropoutPasses? dropout = null)
{
    /// <summary>Adds the gradient of the minibatch's loss to the parameters'; under no_grad, only computes metrics.</summary>
    /// <param name="batch">The step's rows.</param>
    /// <param name="rows">Those of this minibatch.</param>
    /// <param name="config">The objective, with the current KL coefficient.</param>
    /// <param name="cancellationToken">Checked between micro-batches.</param>
    public LossMetrics Accumulate(TrainingBatch batch, int[] rows, GrpoLossConfig config, CancellationToken cancellationToken)
    {
        TokenSequence[] sequences = [.. rows.Select(row => batch.Rows[row])];
        MinibatchTotals totals = Totals(batch, rows, config, cancellationToken);
        LossMetrics metrics = new();
        foreach (int[] part in plan.Split(sequences))
        {
            cancellationToken.ThrowIfCancellationRequested();
            metrics.Add(AccumulatePart(batch, [.. part.Select(i => rows[i])], totals, config));
        }

        return metrics;
    }

    /// <returns>The micro-batch's shares of the metrics.</returns>
    private IReadOnlyDictionary<string, double> AccumulatePart(TrainingBatch batch, int[] rows, MinibatchTotals totals, GrpoLossConfig config)
    {
        using var scope = NewDisposeScope();
        using IDisposable? pass = is_grad_enabled() ? dropout?.Begin() : null;
        TokenSequence[] sequences = [.. rows.Select(row => batch.Rows[row])];
        int[] lengths = [.. sequences.Select(sequence => sequence.CompletionIds.Count)];
        int width = lengths.Max();
        SelectedLogProbs current = CompletionLogProbs.Compute(policy, sequences, temperature);
        ScalarType dtype = current.Values.dtype;

        Tensor Padded(IReadOnlyList<double[]> values) => PaddedRows.Of([.. rows.Select(row => values[row])], width, dtype, policy.Device);
        MicroBatch micro = new()
        {
            Mask = PaddedRows.Mask(lengths, [.. rows.Select(row => batch.Mask[row])], width, policy.Device),
            Advantages = batch.Advantages.ToTensor(rows, width, dtype, policy.Device),
            OldLogProbs = batch.OldLogProbs is null ? null : Padded(batch.OldLogProbs),
            ReferenceLogProbs = batch.ReferenceLogProbs is null ? null : Padded(batch.ReferenceLogProbs),
            SamplerLogProbs = batch.SamplerLogProbs is null ? null : Padded(batch.SamplerLogProbs),
        };
        Tensor logProbs = PaddedRows.Spread(current.Values, lengths, width); // [B, T]
        Tensor entropies = PaddedRows.Spread(current.Entropies, lengths, width);
        GrpoLoss loss = GrpoLoss.Compute(logProbs, config.EntropyCoefficient == 0 ? entropies.detach() : entropies, micro, totals, config);
        if (is_grad_enabled())
        {
            loss.Value.backward();
        }

        return loss.Statistics.Read();
    }

    private MinibatchTotals Totals(TrainingBatch batch, int[] rows, GrpoLossConfig config, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        TokenSequence[] sequences = [.. rows.Select(row => batch.Rows[row])];
        int[] lengths = [.. sequences.Select(sequence => sequence.CompletionIds.Count)];
        Tensor mask = PaddedRows.Mask(lengths, [.. rows.Select(row => batch.Mask[row])], lengths.Max(), CPU);
        Tensor? entropies = null;
        if (config.TopEntropyFraction is not null)
        {
            // The quantile is the whole minibatch's: a pass without gradient comes before the first micro-batch.
            entropies = PaddedRows.Of(CompletionLogProbs.Read(policy, sequences, temperature, plan, cancellationToken).Entropies, lengths.Max(), ScalarType.Float64, CPU);
        }

        return MinibatchTotals.Of(mask, entropies, config.TopEntropyFraction);
    }
}
