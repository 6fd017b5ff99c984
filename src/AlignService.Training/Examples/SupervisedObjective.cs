using AlignService.Model.Architecture;
using AlignService.Model.LogProbs;
using AlignService.Specs.Examples;
using AlignService.Specs.Metrics;
using AlignService.Training.Batches;
using AlignService.Training.Losses;
using AlignService.Training.Policies;
using static TorchSharp.torch;

namespace AlignService.Training.Examples;

/// <summary>Mean cross-entropy over the completion tokens of rows, the prompts masked. Borrows the model.</summary>
public sealed class SupervisedObjective(Transformer model, IReadOnlyList<TokenSequence> rows) : IExampleObjective
{
    public string Subject => "policy";

    public IReadOnlyList<string> Measures { get; } = [MetricNames.PolicyLoss, MetricNames.PolicyEntropy];

    public int ExampleCount => rows.Count;

    public ExampleSize SizeOf(int example) => new(rows[example].Length, rows[example].TrainedCount, rows[example].TrainedCount);

    public ExampleMeasures Measure(IReadOnlyList<int> examples, int totalWeight)
    {
        using var scope = NewDisposeScope();
        TokenSequence[] batch = [.. examples.Select(example => rows[example])];
        int[] lengths = [.. batch.Select(row => row.TrainedCount)];
        SelectedLogProbs logProbs = CompletionLogProbs.Compute(model, batch, temperature: 1); // [N]
        Tensor loss = SupervisedLoss.Compute(logProbs.Values, totalWeight);
        Tensor values = stack([PaddedRows.Sums(-logProbs.Values.detach(), lengths), PaddedRows.Sums(logProbs.Entropies.detach(), lengths)]);
        return new(loss.MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
    }
}
