using AlignService.Specs.Metrics;
using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Batches;
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
