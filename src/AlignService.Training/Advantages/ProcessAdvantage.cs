using AlignService.Specs.Rewards;

namespace AlignService.Training.Advantages;

/// <summary>Advantages from rewards of steps inside completions (arXiv:2402.03300, section 4.1.3).</summary>
public static class ProcessAdvantage
{
    /// <param name="group">The steps of each completion of one group.</param>
    /// <param name="lengths">Tokens of each completion.</param>
    /// <param name="epsilon">Added to the standard deviation.</param>
    /// <returns>Ragged [G][T]: each token gets the normalised rewards of the steps that end at or after it.</returns>
    public static double[][] Compute(IReadOnlyList<IReadOnlyList<StepScore>> group, IReadOnlyList<int> lengths, double epsilon)
    {
        SampleStatistics statistics = SampleStatistics.Of(group.SelectMany(steps => steps.Select(step => step.Score)));
        return [.. group.Select((steps, row) => OfCompletion(steps, lengths[row], statistics, epsilon))];
    }

    private static double[] OfCompletion(IReadOnlyList<StepScore> steps, int length, SampleStatistics statistics, double epsilon)
    {
        double[] advantages = new double[length];
        foreach (StepScore step in steps)
        {
            double normalized = !statistics.Varies || double.IsNaN(step.Score) ? 0 : (step.Score - statistics.Mean) / (statistics.StandardDeviation + epsilon);
            for (int token = 0; token <= step.End; token++)
            {
                advantages[token] += normalized;
            }
        }

        return advantages;
    }
}
