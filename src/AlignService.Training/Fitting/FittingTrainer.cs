using AlignService.Model.Architecture;
using AlignService.Specs.Settings;
using AlignService.Training.Batches;
using AlignService.Training.Grpo;
using AlignService.Training.Optimization;
using AlignService.Training.Policies;
using static TorchSharp.torch;

namespace AlignService.Training.Fitting;

/// <summary>
/// Trains a model on fixed examples: what supervised, preference and reward-model training have in common. One thread at a time. Equal set-up and seed
/// give equal weights, bit for bit, also across a checkpoint and its restoration.
/// </summary>
public sealed class FittingTrainer : IDisposable
{
    private const int MaxSkippedInARow = 3;

    private readonly FittingTrainerSetup _setup;
    private readonly MinibatchSchedule _schedule;
    private readonly MicroBatchPlan _plan;

    public FittingTrainer(FittingTrainerSetup setup)
    {
        _setup = setup;
        FittingConfig config = setup.Config;
        int[] lengths = [.. Enumerable.Range(0, setup.Objective.ExampleCount).Select(example => setup.Objective.SizeOf(example).PassTokens)];
        _schedule = new(lengths, config.BatchSize, config.Seed, config.GroupByLength);
        setup.Model.ActivationCheckpointing = config.Memory.ActivationCheckpointing;
        _plan = MicroBatchPlan.For(setup.Model, config.MicroBatchSize);
        Dropout = new(setup.Model, config.Seed);
        Optimizer = new(setup.Model.TrainedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)), config.Optimizer, setup.Model.Masters);
        TotalSteps = config.StepCount ?? checked(config.EpochCount * _schedule.StepsPerEpoch);
    }

    public int TotalSteps { get; }

    public int CompletedSteps { get; internal set; }

    internal Transformer Model => _setup.Model;

    internal AdamW Optimizer { get; }

    /// <summary>What a checkpoint keeps beside the model, by name. Borrowed.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> State => Optimizer.Moments.Concat(_setup.State);

    internal DropoutPasses Dropout { get; }

    /// <summary>Updates in a row, up to now, whose gradient was not finite.</summary>
    internal int SkippedInARow { get; set; }

    /// <summary>The remaining steps, without evaluations; the callback sees each as it ends.</summary>
    /// <exception cref="NonFiniteGradientException">Three updates in a row had a gradient that is not finite.</exception>
    public void Train(Action<FittingReport> onStep, CancellationToken cancellationToken)
    {
        while (CompletedSteps < TotalSteps)
        {
            onStep(RunStep(cancellationToken));
        }
    }

    /// <summary>One optimiser step on the next batch.</summary>
    /// <exception cref="NonFiniteGradientException">Three updates in a row had a gradient that is not finite.</exception>
    public FittingReport RunStep(CancellationToken cancellationToken)
    {
        int step = CompletedSteps + 1;
        StepRecorder recorder = new(_setup.Time);
        OptimizerStep done = recorder.Phase("update", () => Update(recorder, cancellationToken));
        Watch(done, step, recorder);
        CompletedSteps = step;
        return new(step, recorder.Finish(), recorder.Messages);
    }

    /// <summary>Means over the held-out examples and their standard errors; null where there are none.</summary>
    public FittingEvaluation? Evaluate(CancellationToken cancellationToken)
    {
        if (_setup.HeldOut is not IFittingObjective heldOut)
        {
            return null;
        }

        using var noGrad = no_grad();
        int[] examples = [.. Enumerable.Range(0, heldOut.ExampleCount)];
        MeasureTable table = Measure(heldOut, examples, withGradient: false, cancellationToken);
        Dictionary<string, double> metrics = [];
        for (int measure = 0; measure < heldOut.Measures.Count; measure++)
        {
            string name = heldOut.Measures[measure][(heldOut.Measures[measure].LastIndexOf('/') + 1)..];
            metrics[$"eval/{name}/mean"] = table.Mean(measure);
            metrics[$"eval/{name}/standard_error"] = table.StandardError(measure);
        }

        return new(metrics, -table.Mean(0));
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        foreach (Tensor tensor in _setup.State.Values)
        {
            tensor.Dispose();
        }
    }

    private OptimizerStep Update(StepRecorder recorder, CancellationToken cancellationToken)
    {
        IFittingObjective objective = _setup.Objective;
        int[] examples = _schedule.Batch(CompletedSteps);
        MeasureTable table = Measure(objective, examples, withGradient: true, cancellationToken);
        double rate = LearningRates.At(_setup.Config.Optimizer, Optimizer.StepCount, TotalSteps);
        OptimizerStep done = Optimizer.Step(rate);
        recorder.TrainedTokens += examples.Sum(example => (long)objective.SizeOf(example).TrainedTokens);
        recorder.Add(objective.Measures.Select((name, measure) => KeyValuePair.Create(name, table.Mean(measure))));
        recorder.Metrics[$"{objective.Subject}/grad_norm"] = done.GradientNorm;
        recorder.Metrics[$"{objective.Subject}/learning_rate"] = rate;
        return done;
    }

    /// <summary>Micro-batch by micro-batch. The denominators are the whole batch's, so that any split gives the same gradient.</summary>
    private MeasureTable Measure(IFittingObjective objective, int[] examples, bool withGradient, CancellationToken cancellationToken)
    {
        ExampleSize[] sizes = [.. examples.Select(objective.SizeOf)];
        MeasureTable table = new([.. sizes.Select(size => size.Weight)], objective.Measures.Count);
        foreach (int[] part in _plan.Split([.. sizes.Select(size => size.PassTokens)]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using IDisposable? pass = withGradient ? Dropout.Begin() : null;
            Measurement measured = objective.Measure([.. part.Select(i => examples[i])], table.TotalWeight);
            if (withGradient)
            {
                measured.Loss.backward();
            }

            table.Set(part, measured.Values.to(ScalarType.Float64).cpu().data<double>().ToArray());
        }

        return table;
    }

    /// <summary>A gradient that is not finite moves nothing; the third in a row ends the run.</summary>
    private void Watch(OptimizerStep done, int step, StepRecorder recorder)
    {
        if (!done.Skipped)
        {
            SkippedInARow = 0;
            return;
        }

        SkippedInARow++;
        recorder.Messages.Add($"step {step}: the gradient is not finite (its norm is {done.GradientNorm}); the update was skipped");
        if (SkippedInARow >= MaxSkippedInARow)
        {
            throw new NonFiniteGradientException(
                $"The gradient was not finite in {SkippedInARow} updates in a row, the last in step {step}; at most {MaxSkippedInARow - 1} are skipped. Checkpoints, where there are any, hold weights from before. "
                + "Lower the learning rate, or check the data and the start weights for broken values.");
        }
    }
}
