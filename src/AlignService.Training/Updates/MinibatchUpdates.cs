using AlignService.Specs.Metrics;
using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Batches;
using AlignService.Training.Losses;
using AlignService.Training.Metrics;
using AlignService.Training.Optimization;

namespace AlignService.Training.Updates;

/// <summary>The updates of one step: epochs of minibatches over the same rollouts.</summary>
internal sealed class MinibatchUpdates(UpdateSettings settings, IMinibatchUpdate update, AdamW optimizer) : IStepUpdate
{
    public int SkippedInARow { get; set; }

    public void Run(TrainingBatch batch, int step, double klCoefficient, StepRecorder recorder, CancellationToken cancellationToken)
    {
        GrpoLossConfig loss = settings.Loss with { KlCoefficient = klCoefficient };
        int[][] minibatches = Minibatches(batch.Rows.Count, step);
        List<MinibatchReport> reports = [];
        for (int epoch = 0; epoch < settings.EpochCount; epoch++)
        {
            foreach (int[] rows in minibatches)
            {
                double rate = LearningRates.At(settings.Optimizer, optimizer.StepCount, settings.TotalOptimizerSteps);
                MinibatchReport report = update.Run(batch, rows, loss, rate, cancellationToken);
                reports.Add(report);
                SkippedInARow = SkippedUpdates.Count(SkippedInARow, report.Step, step, recorder, settings.NonFinite);
            }

            recorder.TrainedTokens += batch.TokenCount;
            if (settings.KlStop is double bound && reports.TakeLast(minibatches.Length).Average(report => report.OldKl) > bound)
            {
                break;
            }
        }

        recorder.Add(Means(reports));
    }

    /// <summary>Rows shuffled once per step and split into parts of nearly equal size.</summary>
    private int[][] Minibatches(int rowCount, int step)
    {
        int[] order = MinibatchSchedule.Shuffle(rowCount, RandomSeeds.For(settings.Seed, RandomPurpose.RowOrder), step);
        int count = Math.Min(settings.MinibatchCount, rowCount);
        int Start(int part) => (int)((long)part * rowCount / count);
        return [.. Enumerable.Range(0, count).Select(part => order[Start(part)..Start(part + 1)])];
    }

    private static Dictionary<string, double> Means(List<MinibatchReport> reports)
    {
        Dictionary<string, double> means = [];
        foreach (string name in reports.SelectMany(report => report.Metrics.Keys).Distinct())
        {
            IEnumerable<double> values = reports.Where(report => report.Metrics.ContainsKey(name)).Select(report => report.Metrics[name]);
            means[name] = name switch
            {
                MetricNames.PolicyLearningRate => values.Last(),
                MetricNames.SamplerLogProbDifferenceMax => values.Max(),
                _ => values.Average(),
            };
        }

        return means;
    }
}

/// <summary>The update on one minibatch of a step.</summary>
internal interface IMinibatchUpdate
{
    /// <param name="batch">The step's rows.</param>
    /// <param name="rows">Those of this minibatch.</param>
    /// <param name="config">The objective, with the current KL coefficient.</param>
    /// <param name="learningRate">Of this optimizer step.</param>
    /// <param name="cancellationToken">Checked between micro-batches.</param>
    MinibatchReport Run(TrainingBatch batch, int[] rows, GrpoLossConfig config, double learningRate, CancellationToken cancellationToken);
}

/// <summary>One optimizer step of GRPO.</summary>
/// <param name="Metrics">By the names of algorithms.md, computed before the update.</param>
/// <param name="OldKl">Mean KL(old || new) of the tokens, in nats.</param>
/// <param name="Step">What the optimizer did.</param>
internal sealed record MinibatchReport(IReadOnlyDictionary<string, double> Metrics, double OldKl, OptimizerStep Step);

/// <summary>The update of the policy alone on one minibatch: its gradient, then one optimizer step.</summary>
/// <param name="gradient">Of the policy's loss.</param>
/// <param name="optimizer">Borrowed.</param>
internal sealed class PolicyUpdate(PolicyGradientAccumulator gradient, AdamW optimizer) : IMinibatchUpdate
{
    public MinibatchReport Run(TrainingBatch batch, int[] rows, GrpoLossConfig config, double learningRate, CancellationToken cancellationToken)
    {
        LossMetrics metrics = gradient.Accumulate(batch, rows, config, cancellationToken);
        OptimizerStep step = optimizer.Step(learningRate);
        Dictionary<string, double> reported = new(metrics.ToDictionary()) { [MetricNames.PolicyGradNorm] = step.GradientNorm, [MetricNames.PolicyLearningRate] = learningRate };
        return new(reported, metrics.OldKl, step);
    }
}
