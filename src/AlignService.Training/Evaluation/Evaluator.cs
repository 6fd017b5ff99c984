using AlignService.Model.Sampling;
using AlignService.Specs.Metrics;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Settings;
using AlignService.Training.Metrics;
using AlignService.Training.Rewards;
using AlignService.Training.Rollouts;

namespace AlignService.Training.Evaluation;

/// <summary>
/// Answers held-out prompts and scores the answers. The random streams are the same in every evaluation of a run, so two evaluations differ only by the weights.
/// Borrows the engine and the rewards.
/// </summary>
public sealed class Evaluator(IRolloutEngine engine, RewardSet rewards, IReadOnlyList<EncodedPrompt> prompts, EvaluationConfig evaluation, EvaluationRun run)
{
    private readonly RolloutCollector _collector = new(engine, rewards, new SamplingConfig
    {
        Temperature = evaluation.Temperature,
        MaxCompletionLength = run.Sampling.MaxCompletionLength,
        StopStrings = run.Sampling.StopStrings,
    });

    /// <param name="completedSteps">Steps that the policy has been trained.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="ScoringPausedException">A reward outside the worker has not scored everything, and the run is to pause.</exception>
    public EvaluationReport Evaluate(int completedSteps, CancellationToken cancellationToken)
    {
        var key = new SamplingKey(RandomSeeds.For(run.Seed, RandomPurpose.Evaluation), Step: 0);
        (EncodedPrompt, int)[] keyed = [.. prompts.Select((prompt, index) => (prompt, index))];
        IReadOnlyList<RolloutGroup> sampled = _collector.RollOut(keyed, evaluation.SamplesPerPrompt, key, cancellationToken);
        (IReadOnlyList<RolloutGroup> groups, ScoreTable scores) = _collector.Score(sampled, new ScoringMoment(completedSteps, IsEvaluation: true), cancellationToken);

        Rollout[] rollouts = [.. groups.SelectMany(group => group.Rollouts)];
        int[] weighted = [.. Enumerable.Range(0, rewards.Sources.Count).Where(source => rewards.Sources[source].Weight != 0)];
        var table = new RewardTable(
            [.. scores.Scores.Select(row => weighted.Select(source => row[source]).ToArray())], [.. weighted.Select(source => rewards.Sources[source].Weight)], evaluation.SamplesPerPrompt)
            .Scored(run.PartialScores);

        Dictionary<string, double> metrics = new() { [MetricNames.EvalCompletionsMeanLength] = rollouts.Average(rollout => rollout.Completion.TokenIds.Count) };
        AddMean(metrics, "reward", table.Rewards);
        for (int source = 0; source < rewards.Sources.Count; source++)
        {
            AddMean(metrics, rewards.Sources[source].Name, [.. scores.Scores.Select(row => row[source])]);
        }

        if (evaluation.CountsSuccess)
        {
            foreach ((string name, double value) in SuccessMetrics.Of(SuccessScores(scores, table), evaluation))
            {
                metrics[name] = value;
            }
        }

        foreach ((string source, CallReport calls) in scores.Calls)
        {
            metrics[MetricNames.EvalCalls(source)] = calls.Latencies.Count;
            metrics[MetricNames.EvalCallFaults(source)] = calls.Faults;
            metrics[MetricNames.EvalCallTokens(source)] = calls.Tokens;
        }

        double? score = metrics.TryGetValue(MetricNames.EvalRewardMean, out double mean) ? mean : null;
        return new(metrics, rollouts, table.Rewards, score, scores.Messages);
    }

    /// <summary>[B] the scores that decide whether answers are right.</summary>
    private IReadOnlyList<double> SuccessScores(ScoreTable scores, RewardTable table)
    {
        if (evaluation.SuccessSource is not string name)
        {
            return table.Rewards;
        }

        int source = rewards.Sources.ToList().FindIndex(candidate => candidate.Name == name);
        return source >= 0 ? [.. scores.Scores.Select(row => row[source])] : throw new InvalidOperationException($"There is no reward source {name}.");
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

/// <summary>What an evaluation takes from its run.</summary>
/// <param name="Sampling">Length limit and stop strings of completions.</param>
/// <param name="PartialScores">What happens to an answer that not every source scored.</param>
/// <param name="Seed">Key of the random streams.</param>
public sealed record EvaluationRun(SamplingConfig Sampling, PartialScores PartialScores, ulong Seed)
{
    public static EvaluationRun Of(GrpoConfig config) => new(config.Sampling, config.PartialScores, config.Seed);
}

/// <summary>How the policy answers held-out prompts.</summary>
/// <param name="Metrics">eval/* by the names of algorithms.md.</param>
/// <param name="Rollouts">Every answer, in the order of prompts.</param>
/// <param name="Rewards">[B] reward of each; NaN is unscored.</param>
/// <param name="Score">Mean reward; null where nothing was scored.</param>
/// <param name="Messages">Messages for the user.</param>
public sealed record EvaluationReport(
    IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<Rollout> Rollouts, IReadOnlyList<double> Rewards, double? Score, IReadOnlyList<string> Messages);
