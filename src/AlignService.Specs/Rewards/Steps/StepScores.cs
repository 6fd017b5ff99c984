namespace AlignService.Specs.Rewards.Steps;

/// <summary>A completion's score from those of its steps.</summary>
internal static class StepScores
{
    /// <summary>The steps' scores, and their mean as the completion's own.</summary>
    /// <param name="steps">At least one.</param>
    /// <param name="scores">One a step; null is no score.</param>
    public static RewardScore ToScore(IReadOnlyList<CompletionStep> steps, IReadOnlyList<double?> scores)
    {
        double[] given = [.. scores.OfType<double>()];
        if (given.Length == 0)
        {
            return RewardScore.None("no step has a score");
        }

        return RewardScore.Of(given.Average()) with { Steps = [.. steps.Zip(scores, (step, score) => new StepScore(step.End, score ?? double.NaN))] };
    }
}
