using AlignService.Model.Architecture;
using AlignService.Specs.Examples;
using AlignService.Specs.Metrics;
using AlignService.Specs.Preferences;
using AlignService.Specs.Settings;
using AlignService.Training.Batches;
using AlignService.Training.Losses;
using AlignService.Training.Policies;
using static TorchSharp.torch;

namespace AlignService.Training.Examples;

/// <summary>
/// Direct preference optimization over pairs (arXiv:2305.18290): raises the preferred answer over the other, kept near a reference, without sampling. Borrows the model.
/// </summary>
/// <param name="model">The policy.</param>
/// <param name="pairs">Encoded as the policy would have sampled them.</param>
/// <param name="reference">The reference's log-probs of the pairs.</param>
/// <param name="config">Beta and label smoothing.</param>
public sealed class PreferenceObjective(Transformer model, IReadOnlyList<PreferencePair> pairs, ReferenceLogProbs reference, PreferenceConfig config) : IExampleObjective
{
    public string Subject => "policy";

    public IReadOnlyList<string> Measures { get; } =
        [MetricNames.PolicyLoss, MetricNames.PreferenceAccuracy, MetricNames.PreferenceMargin, MetricNames.PreferenceChosenReward, MetricNames.PreferenceRejectedReward];

    public int ExampleCount => pairs.Count;

    public IReadOnlyDictionary<string, Tensor> State { get; } = new Dictionary<string, Tensor> { [reference.Name] = reference.Sums };

    public ExampleSize SizeOf(int example)
    {
        PreferencePair pair = pairs[example];
        return new(2 * pair.Length, Weight: 1, pair.Chosen.TrainedCount + pair.Rejected.TrainedCount);
    }

    public ExampleMeasures Measure(IReadOnlyList<int> examples, int totalWeight)
    {
        using var scope = NewDisposeScope();
        TokenSequence[] rows = PreferencePair.Rows([.. examples.Select(example => pairs[example])]);
        Tensor sums = PaddedRows.Sums(CompletionLogProbs.Compute(model, rows, temperature: 1).Values, [.. rows.Select(row => row.TrainedCount)]); // [2N]
        Tensor fixedSums = reference.Sums.index_select(0, tensor(examples.Select(example => (long)example).ToArray())).to(sums.dtype).to(sums.device); // [N, 2]
        DirectPreferenceLoss loss = DirectPreferenceLoss.Compute(
            new(sums.narrow(0, 0, examples.Count), sums.narrow(0, examples.Count, examples.Count), fixedSums.select(1, 0), fixedSums.select(1, 1)),
            config.Beta,
            config.LabelSmoothing);
        Tensor values = stack(
        [
            loss.PerPair.detach(),
            (loss.ChosenRewards > loss.RejectedRewards).to(sums.dtype),
            loss.ChosenRewards - loss.RejectedRewards,
            loss.ChosenRewards,
            loss.RejectedRewards,
        ]);
        return new(loss.Share(totalWeight).MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }
}
