using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Batches;
using AlignService.Training.Grpo;
using AlignService.Training.Optimization;

namespace AlignService.Training.Improvement;

/// <summary>The updates of one step: epochs of minibatches over the same rollouts.</summary>
internal sealed class PolicyImprovement(GrpoConfig config, IMinibatchUpdate update, AdamW optimizer) : IPolicyImprovement
{
    public int SkippedInARow { get; set; }

    private int TotalOptimizerSteps => (config.StepCount - (config.Critic?.WarmupSteps ?? 0)) * config.EpochCount * config.MinibatchCount;

    public void Run(TrainingBatch batch, int step, double klCoefficient, StepRecorder recorder, CancellationToken cancellationToken)
    {
        GrpoLossConfig loss = config.Loss with { KlCoefficient = klCoefficient };
        int[][] minibatches = Minibatches(batch.Rows.Count, step);
        List<MinibatchReport> reports = [];
        for (int epoch = 0; epoch < config.EpochCount; epoch++)
        {
            foreach (int[] rows in minibatches)
            {
                double rate = LearningRates.At(config.Optimizer, optimizer.StepCount, TotalOptimizerSteps);
                MinibatchReport report = update.Run(batch, rows, loss, rate, cancellationToken);
                reports.Add(report);
                SkippedInARow = SkippedUpdates.Count(SkippedInARow, report.Step, step, recorder, config.Guardian.NonFinite);
            }

            recorder.TrainedTokens += batch.TokenCount;
            if (config.KlStop is double bound && reports.TakeLast(minibatches.Length).Average(report => report.OldKl) > bound)
            {
                break;
            }
        }

        recorder.Add(Means(reports));
    }

    /// <summary>Rows shuffled once a step and cut into parts of nearly equal size.</summary>
    private int[][] Minibatches(int rowCount, int step)
    {
        int[] order = MinibatchSchedule.Shuffle(rowCount, RandomSeeds.For(config.Seed, RandomPurpose.RowOrder), step);
        int count = Math.Min(config.MinibatchCount, rowCount);
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
                "policy/learning_rate" => values.Last(),
                "sampler/logprob_difference_max" => values.Max(),
                _ => values.Average(),
            };
        }

        return means;
    }
}
