using AlignService.Model.Sampling;
using AlignService.Specs.Metrics;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;
using AlignService.Training.Metrics;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Evaluation;

/// <summary>What the scores of answers mean: rewards, successes, and the numbers of the whole evaluation.</summary>
/// <param name="sources">The reward sources, in the order of the scores.</param>
/// <param name="evaluation">What a success is, and which k are reported.</param>
/// <param name="partialScores">What happens to an answer that not every source scored.</param>
public sealed class AnswerJudgement(IReadOnlyList<RewardSource> sources, EvaluationConfig evaluation, PartialScores partialScores)
{
    private readonly int[] _weighted = [.. Enumerable.Range(0, sources.Count).Where(source => sources[source].Weight != 0)];

    public int SamplesPerPrompt => evaluation.SamplesPerPrompt;

    /// <summary>[B] the reward of each answer: the weighted sum of its scores; NaN is unscored.</summary>
    public IReadOnlyList<double> Rewards(IReadOnlyList<IReadOnlyList<double>> scores) => Table(scores).Rewards;

    /// <summary>[B] whether each answer passes; null where what decides it gave no score. Null for all where nothing scores.</summary>
    public IReadOnlyList<bool?> Passes(IReadOnlyList<IReadOnlyList<double>> scores) =>
        [.. Deciding(scores, Rewards(scores)).Select(score => double.IsNaN(score) ? (bool?)null : score >= evaluation.SuccessThreshold)];

    /// <param name="answers">Prompt after prompt.</param>
    public EvaluationSummary Summarize(IReadOnlyList<ScoredAnswer> answers)
    {
        IReadOnlyList<double>[] scores = [.. answers.Select(answer => answer.Scores)];
        IReadOnlyList<double> rewards = Rewards(scores);
        Dictionary<string, double> metrics = [];
        AddLengths(metrics, answers);
        AddMean(metrics, "reward", rewards);
        for (int source = 0; source < sources.Count; source++)
        {
            double[] ofSource = [.. scores.Select(row => row[source])];
            AddMean(metrics, sources[source].Name, ofSource);
            metrics[MetricNames.EvalMissingFraction(sources[source].Name)] = ofSource.Count(double.IsNaN) / (double)ofSource.Length;
        }

        if (evaluation.CountsSuccess)
        {
            foreach ((string name, double value) in SuccessMetrics.Of(Deciding(scores, rewards), evaluation))
            {
                metrics[name] = value;
            }
        }

        return new EvaluationSummary(metrics, rewards, metrics.TryGetValue(MetricNames.EvalRewardMean, out double mean) ? mean : null);
    }

    internal RewardTable Table(IReadOnlyList<IReadOnlyList<double>> scores) => new RewardTable(
        [.. scores.Select(row => _weighted.Select(source => row[source]).ToArray())], [.. _weighted.Select(source => sources[source].Weight)], evaluation.SamplesPerPrompt)
        .Scored(partialScores);

    /// <summary>[B] the scores that decide whether answers are right.</summary>
    private IReadOnlyList<double> Deciding(IReadOnlyList<IReadOnlyList<double>> scores, IReadOnlyList<double> rewards)
    {
        if (evaluation.SuccessSource is not string name)
        {
            return rewards;
        }

        int source = sources.ToList().FindIndex(candidate => candidate.Name == name);
        return source >= 0 ? [.. scores.Select(row => row[source])] : throw new InvalidOperationException($"There is no reward source {name}.");
    }

    private static void AddLengths(Dictionary<string, double> metrics, IReadOnlyList<ScoredAnswer> answers)
    {
        metrics[MetricNames.EvalCompletionsMeanLength] = answers.Average(answer => answer.TokenCount);
        metrics[MetricNames.EvalCompletionsMinLength] = answers.Min(answer => answer.TokenCount);
        metrics[MetricNames.EvalCompletionsMaxLength] = answers.Max(answer => answer.TokenCount);
        metrics[MetricNames.EvalCompletionsTruncatedFraction] = Share(FinishReason.Length);
        metrics[MetricNames.EvalCompletionsStopFraction] = Share(FinishReason.Stop);
        metrics[MetricNames.EvalCompletionsStopStringFraction] = Share(FinishReason.StopString);

        double Share(FinishReason reason) => answers.Count(answer => answer.FinishReason == reason) / (double)answers.Count;
    }

    /// <summary>Mean and its standard error. Samples of one prompt are not independent: the error is that of the prompts' means.</summary>
    private void AddMean(Dictionary<string, double> metrics, string name, IReadOnlyList<double> values)
    {
        SampleStatistics byPrompt = SampleStatistics.Of(values.Chunk(evaluation.SamplesPerPrompt)
            .Where(group => !group.All(double.IsNaN))
            .Select(group => group.Where(value => !double.IsNaN(value)).Average()));
        if (byPrompt.Count > 0)
        {
            metrics[MetricNames.EvalMean(name)] = byPrompt.Mean;
            if (byPrompt.StandardError is { } error)
            {
                metrics[MetricNames.EvalStandardError(name)] = error;
            }
        }
    }
}

/// <summary>What an evaluation's numbers need to know of an answer.</summary>
/// <param name="Scores">[K], one per source; NaN is "no score".</param>
/// <param name="TokenCount">End token included.</param>
/// <param name="FinishReason">Why it ended.</param>
public sealed record ScoredAnswer(IReadOnlyList<double> Scores, int TokenCount, FinishReason FinishReason)
{
    public static ScoredAnswer Of(Rollout rollout) => new(rollout.Scores, rollout.Completion.TokenIds.Count, rollout.Completion.FinishReason);
}

/// <summary>The numbers of a whole evaluation.</summary>
/// <param name="Metrics">eval/* by the names of docs/metrics.md.</param>
/// <param name="Rewards">[B] reward of each answer; NaN is unscored.</param>
/// <param name="Score">Mean reward; null where nothing was scored.</param>
public sealed record EvaluationSummary(IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<double> Rewards, double? Score);
