using AlignService.Model.Architecture;
using AlignService.Model.LogProbs;
using AlignService.Specs.Examples;
using AlignService.Training.Batches;
using static TorchSharp.torch;

namespace AlignService.Training.Policies;

/// <summary>A model's log-probs of the completion tokens of sequences, at the sampling temperature.</summary>
internal static class CompletionLogProbs
{
    /// <returns>[N] log-probs and entropies of all completion tokens, row by row; they carry gradient.</returns>
    public static SelectedLogProbs Compute(Transformer model, IReadOnlyList<TokenSequence> rows, double temperature)
    {
        using var scope = NewDisposeScope();
        SequenceBatch batch = SequenceBatch.Create(rows, model.Device);
        Tensor hidden = model.Hidden(batch.Ids, batch.Lengths); // [B, T, C]
        Tensor predicting = hidden.view(-1, hidden.size(2)).index_select(0, batch.Predictors); // [N, C]
        SelectedLogProbs logProbs = SelectedLogProbs.Compute(model, predicting, batch.Targets, temperature);
        return new(logProbs.Values.MoveToOuterDisposeScope(), logProbs.Entropies.MoveToOuterDisposeScope());
    }

    /// <summary>Without gradient, in micro-batches: ragged rows of log-probs and of entropies, in the order of the rows.</summary>
    public static (double[][] LogProbs, double[][] Entropies) Read(
        Transformer model, IReadOnlyList<TokenSequence> rows, double temperature, MicroBatchPlan plan, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var (logProbs, entropies) = (new double[rows.Count][], new double[rows.Count][]);
        foreach (int[] part in plan.Split(rows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            SelectedLogProbs got = Compute(model, [.. part.Select(row => rows[row])], temperature);
            int[] lengths = [.. part.Select(row => rows[row].TrainedCount)];
            double[][] partLogProbs = PaddedRows.Split(got.Values, lengths), partEntropies = PaddedRows.Split(got.Entropies, lengths);
            for (int i = 0; i < part.Length; i++)
            {
                (logProbs[part[i]], entropies[part[i]]) = (partLogProbs[i], partEntropies[i]);
            }
        }

        return (logProbs, entropies);
    }
}

/// <summary>Numbers the training passes of a run, so each has its own dropout masks, and a resumed run has the same ones.</summary>
/// <param name="model">The model whose adapter may use dropout. Borrowed.</param>
/// <param name="seed">Of the run.</param>
internal sealed class DropoutPasses(Transformer model, ulong seed)
{
    private readonly ulong _seed = RandomSeeds.For(seed, RandomPurpose.AdapterDropout);

    /// <summary>Passes started so far; kept in checkpoints.</summary>
    public long Count { get; internal set; }

    /// <summary>Turns dropout on, with the masks of the next pass, until the result is disposed after forward and backward pass.</summary>
    public IDisposable Begin()
    {
        if (model.Adapter is { } adapter)
        {
            adapter.PassKey = unchecked(_seed + (ulong)Count++);
        }

        return new Pass(model);
    }

    private sealed class Pass(Transformer model) : IDisposable
    {
        public void Dispose()
        {
            if (model.Adapter is { } adapter)
            {
                adapter.PassKey = null;
            }
        }
    }
}
