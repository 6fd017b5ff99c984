using AlignService.Specs.PolicyOptimization;
using AlignService.Training.Advantages;
using AlignService.Training.Comparisons;
using AlignService.Training.Grpo;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Critics;

/// <summary>
/// One advantage a token, from what the critic expected there and what came of it: generalised advantage estimation (arXiv:1506.02438) over token rewards,
/// whitened once over the batch. Rows without a score leave the loss.
/// </summary>
internal sealed class CriticComparison(GrpoConfig config, CriticConfig critic, StepRewards rewards) : IComparison
{
    public Credit Compare(MeasuredStep step, StepRecorder recorder)
    {
        IReadOnlyList<Rollout> taught = rewards.Taught(step.Rollouts, step.Step);
        RewardTable table = rewards.Table(taught, config.GroupSize, klPenalty: null);
        recorder.Add(rewards.Metrics(step.Rollouts, table));
        bool[] counts = [.. step.Counts.Zip(table.Rewards, (counted, reward) => counted && !double.IsNaN(reward))];
        double[][] values = step.Values ?? throw new InvalidOperationException("The critic was not asked for the values of this step.");

        double[] scores = [.. table.Rewards.Select(reward => double.IsNaN(reward) ? 0 : reward)];
        double[][] tokenRewards = TokenRewards(step, values, scores);
        GeneralizedAdvantage[] rows = [.. tokenRewards.Zip(values, (reward, value) => GeneralizedAdvantage.Compute(reward, value, critic.Gamma, critic.GaeLambda))];
        double[][] returns = [.. rows.Select(row => row.Returns)];
        double[][] whitened = GeneralizedAdvantage.Whiten([.. rows.Select(row => row.Advantages)], counts);

        // With lambda 1 the return is the Monte-Carlo one, whatever the critic says.
        double[][] observed = [.. tokenRewards.Zip(values, (reward, value) => GeneralizedAdvantage.Compute(reward, value, critic.Gamma, lambda: 1).Returns)];
        AddExplained("critic/explained_variance", values, returns, counts, recorder);
        AddExplained("critic/explained_variance_monte_carlo", values, observed, counts, recorder);
        return new(table.Rewards, StepAdvantages.OfTokens(whitened), counts) { Values = new(values, returns) };
    }

    public bool TellsApart(RolloutGroup group) => SampleStatistics.Of(rewards.Table(group).Rewards).Varies;

    private double[][] TokenRewards(MeasuredStep step, double[][] values, double[] scores)
    {
        if (config.Loss.KlPlacement == KlPlacement.Reward && step.LogProbs.Reference is not null)
        {
            return step.LogProbs.TokenRewards(scores, step.KlCoefficient);
        }

        return [.. values.Select((row, i) => (double[])[.. Enumerable.Repeat(0.0, row.Length - 1), scores[i]])];
    }

    /// <summary>Of the values of a fresh rollout, before any update on it; nothing where the returns do not vary.</summary>
    private static void AddExplained(string name, double[][] values, double[][] returns, bool[] counts, StepRecorder recorder)
    {
        double[] Counted(double[][] rows) => [.. rows.Where((_, row) => counts[row]).SelectMany(row => row)];
        if (GeneralizedAdvantage.ExplainedVariance(Counted(values), Counted(returns)) is double explained)
        {
            recorder.Metrics[name] = explained;
        }
    }
}
