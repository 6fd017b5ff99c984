using AlignService.Model.Architecture;
using AlignService.Model.LogProbs;
using AlignService.Training.Batches;
using AlignService.Training.Losses;
using AlignService.Training.Optimization;
using AlignService.Training.Policies;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Training.Supervised;

/// <summary>Teaches a model the completions of examples: mean cross-entropy over completion tokens, the prompt masked. Borrows the model.</summary>
public sealed class SupervisedTrainer(Transformer model, SupervisedConfig config) : IDisposable
{
    private readonly AdamW _optimizer = new(model.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)), config.Optimizer);

    /// <summary>Runs every epoch; the callback sees each step as it ends.</summary>
    /// <exception cref="NonFiniteGradientException">The gradient of a step was not finite; the model is as before that step.</exception>
    public void Train(IReadOnlyList<TokenSequence> examples, Action<SupervisedReport> onStep, CancellationToken cancellationToken)
    {
        var schedule = new MinibatchSchedule(examples.Count, config.MinibatchSize, config.EpochCount, config.Seed);
        foreach (int[] rows in schedule.Minibatches())
        {
            cancellationToken.ThrowIfCancellationRequested();
            onStep(Step([.. rows.Select(row => examples[row])], schedule.StepCount));
        }
    }

    /// <summary>Mean cross-entropy per completion token of examples that are not trained on, in nats.</summary>
    public double Evaluate(IReadOnlyList<TokenSequence> examples)
    {
        using var noGrad = no_grad();
        int tokenCount = examples.Sum(example => example.CompletionIds.Count);
        return examples.Chunk(config.MicroBatchSize).Sum(rows =>
        {
            using Tensor loss = Loss(rows, tokenCount);
            return loss.ToDouble();
        });
    }

    public void Dispose() => _optimizer.Dispose();

    private SupervisedReport Step(TokenSequence[] minibatch, int totalSteps)
    {
        // The denominator is the whole minibatch's, so that any split into micro-batches gives the same gradient.
        int tokenCount = minibatch.Sum(example => example.CompletionIds.Count);
        double total = 0;
        foreach (TokenSequence[] rows in minibatch.Chunk(config.MicroBatchSize))
        {
            using Tensor loss = Loss(rows, tokenCount);
            loss.backward();
            total += loss.ToDouble();
        }

        double rate = LearningRates.At(config.Optimizer, _optimizer.StepCount, totalSteps);
        OptimizerStep step = _optimizer.Step(rate);
        NonFiniteGradientException.ThrowIf(step, _optimizer.StepCount + 1);
        return new(_optimizer.StepCount, total, step.GradientNorm, rate, tokenCount);
    }

    private Tensor Loss(TokenSequence[] rows, int tokenCount)
    {
        using var scope = NewDisposeScope();
        SelectedLogProbs logProbs = CompletionLogProbs.Compute(model, rows, temperature: 1);
        return SupervisedLoss.Compute(logProbs.Values, tokenCount).MoveToOuterDisposeScope();
    }
}
