using AlignService.Model.Checkpoints;
using AlignService.Specs.Metrics;
using AlignService.Specs.Preferences;
using AlignService.Training.Batches;
using AlignService.Training.Losses;
using static TorchSharp.torch;

namespace AlignService.Training.Examples;

/// <summary>The likelihood of preferences under the scores of a transformer with a scalar head (Bradley-Terry; arXiv:2203.02155, eq. 1). Borrows the model.</summary>
public sealed class RewardModelObjective(RewardModelHead model, IReadOnlyList<PreferencePair> pairs) : IExampleObjective
{
    public string Subject => "reward_model";

    public IReadOnlyList<string> Measures { get; } =
        [MetricNames.RewardModelLoss, MetricNames.RewardModelAccuracy, MetricNames.RewardModelMargin, MetricNames.RewardModelChosenScore, MetricNames.RewardModelRejectedScore];

    public int ExampleCount => pairs.Count;

    public ExampleSize SizeOf(int example) => new(2 * pairs[example].Length, Weight: 1, pairs[example].Chosen.Length + pairs[example].Rejected.Length);

    public ExampleMeasures Measure(IReadOnlyList<int> examples, int totalWeight)
    {
        using var scope = NewDisposeScope();
        PreferencePair[] part = [.. examples.Select(example => pairs[example])];
        using SequenceBatch batch = SequenceBatch.Create(PreferencePair.Rows(part), model.Body.Device);
        Tensor scores = model.Scores(batch.Ids, batch.Lengths); // [2N]: the chosen, then the rejected
        Tensor chosen = scores.narrow(0, 0, part.Length), rejected = scores.narrow(0, part.Length, part.Length);
        Tensor margins = tensor(part.Select(pair => pair.Margin).ToArray(), dtype: scores.dtype, device: scores.device);
        BradleyTerryLoss loss = BradleyTerryLoss.Compute(chosen, rejected, margins);
        Tensor values = stack([loss.PerPair.detach(), loss.Correct.to(scores.dtype), (chosen - rejected).detach(), chosen.detach(), rejected.detach()]);
        return new(loss.Share(totalWeight).MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }
}
