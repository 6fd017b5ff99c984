using AlignService.Model.Architecture;
using AlignService.Specs.Examples;
using AlignService.Training.Batches;
using static TorchSharp.torch;

namespace AlignService.Training.TrustRegion;

/// <summary>
/// Mean KL(old || new) of the full next-token distributions at completion positions, in nats per token. Logits are recomputed in every
/// pass and freed after it.
/// </summary>
/// <param name="policy">Borrowed.</param>
/// <param name="parameters">Its trained parameters.</param>
/// <param name="plan">How rows are split into forward passes; passes here are smaller.</param>
/// <param name="temperature">Divides the logits.</param>
internal sealed class PolicyKl(Transformer policy, ParameterVector parameters, MicroBatchPlan plan, double temperature)
{
    /// <summary>Bytes of logits in one pass; a graph of second derivatives holds several tensors of their size.</summary>
    private const long LogitBytes = 32L << 20;

    /// <summary>Memory of a graph of second derivatives, relative to one of first derivatives.</summary>
    private const int GraphGrowth = 4;

    private readonly MicroBatchPlan _plan = plan with
    {
        TokenBudget = Math.Max(1, Math.Min(plan.TokenBudget / GraphGrowth, LogitBytes / (sizeof(float) * policy.Config.VocabSize))),
    };

    /// <summary>Row indices of each pass.</summary>
    public IEnumerable<int[]> Split(IReadOnlyList<TokenSequence> rows) => _plan.Split(rows);

    /// <summary>The true KL from other weights to the current ones, which are restored afterwards.</summary>
    /// <param name="rows">Whose completion tokens are averaged over.</param>
    /// <param name="oldWeights">[P].</param>
    /// <param name="cancellationToken">Checked between passes.</param>
    public double Mean(IReadOnlyList<TokenSequence> rows, Tensor oldWeights, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        using Tensor newWeights = parameters.Read();
        double sum = 0;
        try
        {
            foreach (int[] part in _plan.Split(rows))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                TokenSequence[] sequences = [.. part.Select(row => rows[row])];
                Tensor moved = LogDistributions(sequences);
                parameters.Write(oldWeights);
                Tensor old = LogDistributions(sequences);
                parameters.Write(newWeights);
                sum += Divergence(old, moved).sum(ScalarType.Float64).item<double>();
            }
        }
        finally
        {
            parameters.Write(newWeights);
        }

        return sum / Math.Max(1, rows.Sum(row => row.CompletionIds.Count));
    }

    /// <summary>[N] KL of each completion token from the current weights, held constant, to themselves: it and its gradient are 0; its curvature is not.</summary>
    public Tensor FromHere(IReadOnlyList<TokenSequence> rows)
    {
        using var scope = NewDisposeScope();
        policy.TwiceDifferentiable = true;
        try
        {
            Tensor logDistributions = LogDistributions(rows);
            return Divergence(logDistributions.detach(), logDistributions).MoveToOuterDisposeScope();
        }
        finally
        {
            policy.TwiceDifferentiable = false;
        }
    }

    /// <summary>[N, V] log-probs of all tokens at each completion position.</summary>
    internal Tensor LogDistributions(IReadOnlyList<TokenSequence> rows)
    {
        using var scope = NewDisposeScope();
        SequenceBatch batch = SequenceBatch.Create(rows, policy.Device);
        Tensor hidden = policy.Hidden(batch.Ids, batch.Lengths); // [B, T, C]
        Tensor predicting = hidden.view(-1, hidden.size(2)).index_select(0, batch.Predictors); // [N, C]
        return nn.functional.log_softmax(policy.Logits(predicting) / temperature, -1).MoveToOuterDisposeScope();
    }

    internal static Tensor Divergence(Tensor old, Tensor moved) => (old.exp() * (old - moved)).sum(-1);
}
