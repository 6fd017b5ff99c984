using AlignService.Specs.Settings;

namespace AlignService.Training.Optimization;

/// <summary>The learning rate of each optimizer step (algorithms.md, section 8).</summary>
internal static class LearningRates
{
    /// <param name="config">Peak, warm-up and schedule.</param>
    /// <param name="step">Optimizer steps done before this one.</param>
    /// <param name="totalSteps">Optimizer steps of the whole run.</param>
    public static double At(OptimizerConfig config, int step, int totalSteps)
    {
        if (step < config.WarmupSteps)
        {
            return config.LearningRate * step / config.WarmupSteps;
        }

        double decayed = (step - config.WarmupSteps) / (double)Math.Max(1, totalSteps - config.WarmupSteps);
        return config.Schedule switch
        {
            LearningRateSchedule.Constant => config.LearningRate,
            LearningRateSchedule.Linear => config.LearningRate * Math.Max(0, 1 - decayed),
            LearningRateSchedule.Cosine => config.LearningRate * Math.Max(0, (1 + Math.Cos(Math.PI * decayed)) / 2),
            _ => throw new ArgumentOutOfRangeException(nameof(config), config.Schedule, null),
        };
    }
}
