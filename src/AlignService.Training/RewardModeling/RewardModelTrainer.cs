using AlignService.Model.Checkpoints;
using AlignService.Training.Batches;
using AlignService.Training.Losses;
using AlignService.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace AlignService.Training.RewardModeling;

/// <summary>Teaches a transformer with a scalar head which of two completions is preferred (Bradley-Terry; arXiv:2203.02155, eq. 1). Borrows the model.</summary>
public sealed class RewardModelTrainer(RewardModelHead model, RewardModelTrainingConfig config) : IDisposable
{
    private readonly AdamW _optimizer = new(model.NamedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)), config.Optimizer);

    /// <summary>Runs every epoch; the callback sees each step as it ends.</summary>
    /// <exception cref="NonFiniteGradientException">The gradient of a step was not finite; the model is as before that step.</exception>
    public void Train(IReadOnlyList<PreferencePair> pairs, Action<RewardModelReport> onStep, CancellationToken cancellationToken)
    {
        var schedule = new MinibatchSchedule(pairs.Count, config.MinibatchSize, config.EpochCount, config.Seed);
        foreach (int[] rows in schedule.Minibatches())
        {
            cancellationToken.ThrowIfCancellationRequested();
            onStep(Step([.. rows.Select(row => pairs[row])], schedule.StepCount));
        }
    }

    /// <summary>Loss and accuracy on pairs that are not trained on.</summary>
    public RewardModelReport Evaluate(IReadOnlyList<PreferencePair> pairs)
    {
        using var noGrad = no_grad();
        (double loss, double correct) = Measure(pairs, withGradient: false);
        return new(0, loss, correct / pairs.Count, 0, 0);
    }

    public void Dispose() => _optimizer.Dispose();

    private RewardModelReport Step(PreferencePair[] minibatch, int totalSteps)
    {
        (double loss, double correct) = Measure(minibatch, withGradient: true);
        double rate = LearningRates.At(config.Optimizer, _optimizer.StepCount, totalSteps);
        OptimizerStep step = _optimizer.Step(rate);
        NonFiniteGradientException.ThrowIf(step, _optimizer.StepCount + 1);
        return new(_optimizer.StepCount, loss, correct / minibatch.Length, step.GradientNorm, rate);
    }

    private (double Loss, double CorrectCount) Measure(IReadOnlyList<PreferencePair> minibatch, bool withGradient)
    {
        double totalLoss = 0, totalCorrect = 0;
        foreach (PreferencePair[] pairs in minibatch.Chunk(config.MicroBatchSize))
        {
            using var scope = NewDisposeScope();
            Tensor scores = Scores(pairs); // [2N]: the chosen, then the rejected
            Tensor chosen = scores.narrow(0, 0, pairs.Length);
            Tensor rejected = scores.narrow(0, pairs.Length, pairs.Length);
            Tensor margins = tensor(pairs.Select(pair => pair.Margin).ToArray(), dtype: scores.dtype, device: scores.device);
            Tensor loss = BradleyTerryLoss.Compute(chosen, rejected, margins, minibatch.Count);
            if (withGradient)
            {
                loss.backward();
            }

            totalLoss += loss.ToDouble();
            totalCorrect += BradleyTerryLoss.CountCorrect(chosen, rejected).ToDouble();
        }

        return (totalLoss, totalCorrect);
    }

    private Tensor Scores(PreferencePair[] pairs)
    {
        using SequenceBatch batch = SequenceBatch.Create([.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)], model.Body.Device);
        return model.Scores(batch.Ids, batch.Lengths);
    }
}
