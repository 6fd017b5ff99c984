using AlignService.HuggingFace.Directories;
using AlignService.Model.Checkpoints;
using AlignService.Specs.Examples;
using AlignService.Training.Batches;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Training.Critics;

/// <summary>
/// A transformer with a scalar head, read at every token: the value of completion token t is at the position before it, whose logits choose it. Owns the model.
/// </summary>
public sealed class Critic(RewardModelHead model) : IDisposable
{
    private const string StatePrefix = "critic.";

    /// <summary>The transformer under the head. Borrowed.</summary>
    public Transformer Body => model.Body;

    /// <summary>From a reward model as it is, or from a language model with a new head of zeros: an untrained critic then predicts 0 and adds no bias.</summary>
    /// <param name="directory">In Hugging Face form.</param>
    /// <param name="options">Dtype and device.</param>
    /// <param name="plannedLength">Tokens of the longest sequence of the run.</param>
    public static Critic Load(string directory, LoadOptions options, int plannedLength)
    {
        RewardModelHead model = HuggingFaceDirectory.HasScoreHead(directory)
            ? HuggingFaceCheckpoint.LoadRewardModel(directory, options)
            : WithNewHead(HuggingFaceCheckpoint.LoadTransformer(directory, options));
        model.Body.PlannedLength = plannedLength;
        return new Critic(model);
    }

    /// <summary>The parameters as kept in the trainer's state. Borrowed.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> State => NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(StatePrefix + entry.Name, entry.Parameter));

    /// <summary>All parameters by their checkpoint names, `score.weight` last.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedParameters() => model.NamedParameters();

    /// <returns>[N] values of all completion tokens, row by row; they carry gradient.</returns>
    public Tensor Values(IReadOnlyList<TokenSequence> rows)
    {
        using var scope = NewDisposeScope();
        SequenceBatch batch = SequenceBatch.Create(rows, model.Body.Device);
        Tensor hidden = model.Body.Hidden(batch.Ids, batch.Lengths); // [B, T, C]
        Tensor choosing = hidden.view(-1, hidden.size(2)).index_select(0, batch.Predictors); // [N, C]
        return model.Values(choosing).MoveToOuterDisposeScope();
    }

    /// <summary>Without gradient, in micro-batches: ragged rows in the order of the rows.</summary>
    internal double[][] Read(IReadOnlyList<TokenSequence> rows, MicroBatchPlan plan, CancellationToken cancellationToken)
    {
        using var noGrad = no_grad();
        var values = new double[rows.Count][];
        foreach (int[] part in plan.Split(rows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using Tensor got = Values([.. part.Select(row => rows[row])]);
            double[][] split = PaddedRows.Split(got, [.. part.Select(row => rows[row].CompletionIds.Count)]);
            for (int i = 0; i < part.Length; i++)
            {
                values[part[i]] = split[i];
            }
        }

        return values;
    }

    public void Dispose() => model.Dispose();

    private static RewardModelHead WithNewHead(Transformer start)
    {
        using var noGrad = no_grad();
        RewardModelHead model = RewardModelHead.FromTransformer(start, padTokenId: null, seed: 0);
        using Tensor head = model.NamedParameters().Last().Parameter.zero_();
        return model;
    }
}
