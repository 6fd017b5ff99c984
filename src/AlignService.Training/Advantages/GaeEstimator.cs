using AlignService.Specs.Metrics;
using AlignService.Training.Metrics;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Advantages;

/// <summary>
/// One advantage per token, from the critic's expectation there and the outcome: generalized advantage estimation (arXiv:1506.02438) over token rewards,
/// whitened once over the batch. Rows without a score are excluded from the loss.
/// </summary>
/// <param name="rewards">The sources' scores.</param>
/// <param name="gamma">Discount.</param>
/// <param name="lambda">Trade-off of bias against variance.</param>
/// <param name="klInReward">Whether the KL to the reference is part of each token's reward.</param>
internal sealed class GaeEstimator(RolloutRewards rewards, double gamma, double lambda, bool klInReward) : IAdvantageEstimator
{
    public AdvantageResult Estimate(StepInputs step, StepRecorder recorder)
    {
        IReadOnlyList<Rollout> rollouts = rewards.WithTrainingScores(step.Rollouts, step.Step);
        RewardTable table = rewards.Table(rollouts);
        recorder.Add(rewards.Metrics(step.Rollouts, table));
        bool[] mask = [.. step.Mask.Zip(table.Rewards, (kept, reward) => kept && !double.IsNaN(reward))];
        double[][] values = step.Values ?? throw new InvalidOperationException("Generalized advantage estimation needs the critic's values of this step.");

        double[] scores = [.. table.Rewards.Select(reward => double.IsNaN(reward) ? 0 : reward)];
        double[][] tokenRewards = TokenRewards(step, values, scores);
        GeneralizedAdvantage[] rows = [.. tokenRewards.Zip(values, (reward, value) => GeneralizedAdvantage.Compute(reward, value, gamma, lambda))];
        double[][] returns = [.. rows.Select(row => row.Returns)];
        double[][] whitened = GeneralizedAdvantage.Whiten([.. rows.Select(row => row.Advantages)], mask);

        // With lambda 1 the return is the Monte-Carlo one, whatever the critic says.
        double[][] observed = [.. tokenRewards.Zip(values, (reward, value) => GeneralizedAdvantage.Compute(reward, value, gamma, lambda: 1).Returns)];
        AddExplained(MetricNames.CriticExplainedVariance, values, returns, mask, recorder);
        AddExplained(MetricNames.CriticExplainedVarianceMonteCarlo, values, observed, mask, recorder);
        return new(table.Rewards, RolloutAdvantages.OfTokens(whitened), mask) { Values = new(values, returns) };
    }

    public bool HasLearningSignal(RolloutGroup group) => SampleStatistics.Of(rewards.Table(group).Rewards).Varies;

    private double[][] TokenRewards(StepInputs step, double[][] values, double[] scores)
    {
        if (klInReward && step.LogProbs.Reference is not null)
        {
            return step.LogProbs.TokenRewards(scores, step.KlCoefficient);
        }

        return [.. values.Select((row, i) => (double[])[.. Enumerable.Repeat(0.0, row.Length - 1), scores[i]])];
    }

    /// <summary>For the values of a fresh rollout, before any update on it; nothing where the returns do not vary.</summary>
    private static void AddExplained(string name, double[][] values, double[][] returns, bool[] mask, StepRecorder recorder)
    {
        double[] Kept(double[][] rows) => [.. rows.Where((_, row) => mask[row]).SelectMany(row => row)];
        if (GeneralizedAdvantage.ExplainedVariance(Kept(values), Kept(returns)) is double explained)
        {
            recorder.Metrics[name] = explained;
        }
    }
}

/// <summary>Generalized advantage estimation over the tokens of one completion (arXiv:1506.02438); the value after the last token is 0, even where it was truncated.</summary>
/// <param name="Advantages">[T], not whitened.</param>
/// <param name="Returns">[T] advantages + values: what a critic learns.</param>
internal sealed record GeneralizedAdvantage(double[] Advantages, double[] Returns)
{
    private const double WhitenEpsilon = 1e-8;

    /// <param name="rewards">[T] rewards of the tokens.</param>
    /// <param name="values">[T] the critic's, before each token.</param>
    /// <param name="gamma">Discount.</param>
    /// <param name="lambda">Trade-off of bias against variance; 1 is the return minus the value.</param>
    public static GeneralizedAdvantage Compute(double[] rewards, double[] values, double gamma, double lambda)
    {
        double[] advantages = new double[rewards.Length];
        double following = 0;
        for (int t = rewards.Length - 1; t >= 0; t--)
        {
            double next = t + 1 < values.Length ? values[t + 1] : 0;
            double delta = rewards[t] + gamma * next - values[t];
            advantages[t] = following = delta + gamma * lambda * following;
        }

        return new(advantages, [.. advantages.Zip(values, (advantage, value) => advantage + value)]);
    }

    /// <summary>(A - mean) / sqrt(variance + 1e-8) with Bessel's correction.</summary>
    /// <param name="advantages">Ragged [B][T].</param>
    /// <param name="mask">[B], rows whose tokens determine mean and variance; null is all.</param>
    public static double[][] Whiten(IReadOnlyList<double[]> advantages, IReadOnlyList<bool>? mask = null)
    {
        SampleStatistics statistics = SampleStatistics.Of(advantages.Where((_, row) => mask?[row] ?? true).SelectMany(row => row));
        double scale = 1 / Math.Sqrt(statistics.StandardDeviation * statistics.StandardDeviation + WhitenEpsilon);
        return [.. advantages.Select(row => row.Select(advantage => (advantage - statistics.Mean) * scale).ToArray())];
    }

    /// <summary>1 - var(returns - values) / var(returns); null where the returns do not vary.</summary>
    public static double? ExplainedVariance(double[] values, double[] returns)
    {
        SampleStatistics whole = SampleStatistics.Of(returns);
        if (!whole.Varies)
        {
            return null;
        }

        SampleStatistics rest = SampleStatistics.Of(returns.Zip(values, (target, value) => target - value));
        return 1 - Math.Pow(rest.StandardDeviation / whole.StandardDeviation, 2);
    }
}
