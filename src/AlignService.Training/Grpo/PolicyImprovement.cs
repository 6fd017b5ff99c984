using AlignService.Training.Batches;
using AlignService.Training.Guardian;
using AlignService.Training.Losses;
using AlignService.Training.Optimization;

namespace AlignService.Training.Grpo;

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
                Watch(report, step, recorder);
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
        return [.. Enumerable.Range(0, count).Select(part => order[(part * rowCount / count)..((part + 1) * rowCount / count)])];
    }

    /// <summary>A gradient that is not finite moves nothing; too many in a row end the run, where the guardian's rule says so.</summary>
    private void Watch(MinibatchReport report, int step, StepRecorder recorder)
    {
        if (!report.Step.Skipped)
        {
            SkippedInARow = 0;
            return;
        }

        SkippedInARow++;
        recorder.Messages.Add($"step {step}: the gradient is not finite (its norm is {report.Step.GradientNorm}); the update was skipped");
        GuardianRuleConfig rule = config.Guardian.NonFinite;
        if (rule.Action == GuardianAction.Fail && SkippedInARow >= rule.Patience)
        {
            throw new NonFiniteGradientException(
                $"The gradient was not finite in {SkippedInARow} updates in a row, the last in step {step}; at most {rule.Patience - 1} are skipped. The last checkpoint holds weights from before. " +
                "Lower the learning rate or max_grad_norm, or look at the rewards of these steps.");
        }
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
