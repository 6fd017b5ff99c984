using AlignService.Specs.Metrics;
using AlignService.Specs.Settings;
using AlignService.Training.Batches;
using AlignService.Training.Checkpoints;
using AlignService.Training.Metrics;
using AlignService.Training.Optimization;
using AlignService.Training.Policies;
using static TorchSharp.torch;

namespace AlignService.Training.Examples;

/// <summary>
/// Trains a model on fixed examples: what supervised, preference and reward-model training have in common. One thread at a time. Equal model, data, settings and
/// seed give equal weights, bit for bit, even across saving and restoring a checkpoint. Borrows the model, owns the objectives' state.
/// </summary>
public sealed class ExampleTrainer : IDisposable
{
    private const int MaxSkippedInARow = 3;
    private const string WeightPrefix = "model.";

    private readonly ITrainedModel _model;
    private readonly IExampleObjective _objective;
    private readonly IExampleObjective _heldOut;
    private readonly ExampleTrainingConfig _config;
    private readonly TimeProvider _time;
    private readonly MinibatchSchedule _schedule;
    private readonly MicroBatchPlan _plan;
    private readonly DropoutPasses _dropout;
    private readonly AdamW _optimizer;
    private int _skippedInARow;

    /// <param name="model">Trainable; a scalar head's parameters are among its own.</param>
    /// <param name="objective">Over at least one example.</param>
    /// <param name="heldOut">The same over held-out examples; none: no evaluation.</param>
    /// <param name="config">Batches and optimizer.</param>
    /// <param name="time">Measures the phases of a step.</param>
    public ExampleTrainer(ITrainedModel model, IExampleObjective objective, IExampleObjective heldOut, ExampleTrainingConfig config, TimeProvider time)
    {
        (_model, _objective, _heldOut, _config, _time) = (model, objective, heldOut, config, time);
        int[] lengths = [.. Enumerable.Range(0, objective.ExampleCount).Select(example => objective.SizeOf(example).PassTokens)];
        _schedule = new(lengths, config.BatchSize, config.Seed, config.GroupByLength);
        model.Body.ActivationCheckpointing = config.Memory.ActivationCheckpointing;
        _plan = MicroBatchPlan.For(model.Body, config.MicroBatchSize);
        _dropout = new(model.Body, config.Seed);
        _optimizer = new(model.Body.TrainedParameters().Select(entry => KeyValuePair.Create<string, Tensor>(entry.Name, entry.Parameter)), config.Optimizer, model.Body.Masters);
        TotalSteps = config.StepCount ?? checked(config.EpochCount * _schedule.StepsPerEpoch);
    }

    public int TotalSteps { get; }

    public int CompletedSteps { get; private set; }

    /// <summary>Whether everything is as the last completed step left it. A step that is cancelled before its update leaves no trace.</summary>
    public bool IsBetweenSteps { get; private set; } = true;

    /// <summary>The remaining steps, without evaluations; the callback sees each as it ends.</summary>
    /// <exception cref="NonFiniteGradientException">Three updates in a row had a non-finite gradient.</exception>
    public void Train(Action<ExampleStepReport> onStep, CancellationToken cancellationToken)
    {
        while (CompletedSteps < TotalSteps)
        {
            onStep(RunStep(cancellationToken));
        }
    }

    /// <summary>One optimizer step on the next batch.</summary>
    /// <exception cref="NonFiniteGradientException">Three updates in a row had a non-finite gradient.</exception>
    public ExampleStepReport RunStep(CancellationToken cancellationToken)
    {
        int step = CompletedSteps + 1;
        StepRecorder recorder = new(_time);
        long dropoutPasses = _dropout.Count;
        int optimizerSteps = _optimizer.StepCount;
        IsBetweenSteps = false;
        OptimizerStep done;
        try
        {
            done = recorder.Phase("update", () => Update(recorder, cancellationToken));
        }
        catch (OperationCanceledException) when (_optimizer.StepCount == optimizerSteps)
        {
            _optimizer.ClearGradients();
            _dropout.Count = dropoutPasses;
            IsBetweenSteps = true;
            throw;
        }

        CountSkipped(done, step, recorder);
        CompletedSteps = step;
        IsBetweenSteps = true;
        return new(step, recorder.Finish(), recorder.Messages);
    }

    /// <summary>Means over the held-out examples and their standard errors; null where there are none.</summary>
    public ExampleEvaluation? Evaluate(CancellationToken cancellationToken)
    {
        if (_heldOut.ExampleCount == 0)
        {
            return null;
        }

        using var noGrad = no_grad();
        int[] examples = [.. Enumerable.Range(0, _heldOut.ExampleCount)];
        ExampleMeasureTable table = Measure(_heldOut, examples, withGradient: false, cancellationToken);
        Dictionary<string, double> metrics = [];
        for (int measure = 0; measure < _heldOut.Measures.Count; measure++)
        {
            string name = _heldOut.Measures[measure][(_heldOut.Measures[measure].LastIndexOf('/') + 1)..];
            metrics[MetricNames.EvalMean(name)] = table.Mean(measure);
            if (table.StandardError(measure) is { } error)
            {
                metrics[MetricNames.EvalStandardError(name)] = error;
            }
        }

        return new(metrics, -table.Mean(0));
    }

    /// <summary>Writes the model as a Hugging Face or PEFT directory, and beside it the state that the trainer needs to continue bit for bit. Call between steps.</summary>
    /// <param name="directory">Holds no checkpoint yet.</param>
    /// <param name="startDirectory">What training started from: source of configuration, tokenizer and dtypes.</param>
    /// <param name="dtype">Number format of the weights.</param>
    /// <returns>What the number format lost; the trainer's state keeps it.</returns>
    public RoundingReport Save(string directory, string startDirectory, SaveDtype dtype)
    {
        RoundingReport rounding = _model.Save(startDirectory, directory, dtype);
        ExampleTrainerState state = new()
        {
            CompletedSteps = CompletedSteps,
            OptimizerSteps = _optimizer.StepCount,
            SkippedInARow = _skippedInARow,
            DropoutPasses = _dropout.Count,
            HoldsWeights = rounding.Rounded,
        };
        TrainerStateFiles.Write(directory, state, Tensors(state));
        return rounding;
    }

    /// <summary>Restores the state of <see cref="Save"/>. Call before the first step.</summary>
    /// <exception cref="CheckpointException">The checkpoint is damaged or belongs to another run.</exception>
    public void Restore(string directory)
    {
        ExampleTrainerState state = TrainerStateFiles.ReadState<ExampleTrainerState>(directory);
        if (!state.HoldsWeights)
        {
            _model.Restore(directory);
        }

        TrainerStateFiles.ReadTensors(directory, Tensors(state));
        _model.Body.TakeMasters();
        CompletedSteps = state.CompletedSteps;
        _optimizer.StepCount = state.OptimizerSteps;
        _skippedInARow = state.SkippedInARow;
        _dropout.Count = state.DropoutPasses;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (Tensor tensor in _objective.State.Values.Concat(_heldOut.State.Values))
        {
            tensor.Dispose();
        }
    }

    private OptimizerStep Update(StepRecorder recorder, CancellationToken cancellationToken)
    {
        int[] examples = _schedule.Batch(CompletedSteps);
        ExampleMeasureTable table = Measure(_objective, examples, withGradient: true, cancellationToken);
        double rate = LearningRates.At(_config.Optimizer, _optimizer.StepCount, TotalSteps);
        OptimizerStep done = _optimizer.Step(rate);
        recorder.TrainedTokens += examples.Sum(example => (long)_objective.SizeOf(example).TrainedTokens);
        recorder.Add(_objective.Measures.Select((name, measure) => KeyValuePair.Create(name, table.Mean(measure))));
        recorder.Metrics[$"{_objective.Subject}/grad_norm"] = done.GradientNorm;
        recorder.Metrics[$"{_objective.Subject}/learning_rate"] = rate;
        return done;
    }

    /// <summary>Micro-batch by micro-batch. The denominators are the whole batch's, so any split gives the same gradient.</summary>
    private ExampleMeasureTable Measure(IExampleObjective objective, int[] examples, bool withGradient, CancellationToken cancellationToken)
    {
        ExampleSize[] sizes = [.. examples.Select(objective.SizeOf)];
        ExampleMeasureTable table = new([.. sizes.Select(size => size.Weight)], objective.Measures.Count);
        foreach (int[] part in _plan.Split([.. sizes.Select(size => size.PassTokens)]))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using IDisposable? pass = withGradient ? _dropout.Begin() : null;
            ExampleMeasures measured = objective.Measure([.. part.Select(i => examples[i])], table.TotalWeight);
            if (withGradient)
            {
                measured.Loss.backward();
            }

            table.Set(part, measured.Values.to(ScalarType.Float64).cpu().data<double>().ToArray());
        }

        return table;
    }

    /// <summary>A non-finite gradient changes nothing; the third in a row ends the run.</summary>
    private void CountSkipped(OptimizerStep done, int step, StepRecorder recorder)
    {
        if (!done.Skipped)
        {
            _skippedInARow = 0;
            return;
        }

        _skippedInARow++;
        recorder.Messages.Add($"step {step}: the gradient is not finite (its norm is {done.GradientNorm}); the update was skipped");
        if (_skippedInARow >= MaxSkippedInARow)
        {
            throw new NonFiniteGradientException(
                $"The gradient was not finite in {_skippedInARow} updates in a row, the last in step {step}; at most {MaxSkippedInARow - 1} are skipped. Checkpoints, if any, hold earlier weights. "
                + "Lower the learning rate, or check the data and the start weights for invalid values.");
        }
    }

    /// <summary>The state's tensors by their names in the file; borrowed.</summary>
    private Dictionary<string, Tensor> Tensors(ExampleTrainerState state)
    {
        IEnumerable<KeyValuePair<string, Tensor>> tensors = _optimizer.Moments.Concat(_objective.State).Concat(_heldOut.State);
        return new(state.HoldsWeights ? tensors.Concat(TrainerStateFiles.WeightsOf(_model.Body, WeightPrefix)) : tensors);
    }
}
