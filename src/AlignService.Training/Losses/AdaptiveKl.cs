using AlignService.Specs.PolicyOptimization;

namespace AlignService.Training.Losses;

/// <summary>Adapts the KL coefficient so that the KL of a completion stays near its target (arXiv:1909.08593).</summary>
internal static class AdaptiveKl
{
    private const double LargestError = 0.2;

    /// <param name="coefficient">Before this step.</param>
    /// <param name="kl">Mean over the step's completions of the summed k1, in nats.</param>
    /// <param name="completionCount">Completions of the step.</param>
    /// <param name="config">Target and horizon.</param>
    /// <returns>The coefficient of the next step.</returns>
    public static double Next(double coefficient, double kl, int completionCount, AdaptiveKlConfig config)
    {
        double error = Math.Clamp((kl - config.Target) / config.Target, -LargestError, LargestError);
        return coefficient * (1 + error * completionCount / config.Horizon);
    }
}
