using AlignService.Model.Sampling;
using AlignService.Specs.Answers;
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
/// Answers prompts and scores the answers, all at once or in batches. An answer depends on the seed, its prompt's place and the weights alone, so two evaluations of a
/// run differ only by the weights, and any batches give the same answers. Borrows the engine and the rewards.
/// </summary>
public sealed class Evaluator
{
    private readonly RolloutCollector _collector;
    private readonly RewardSet _rewards;
    private readonly IReadOnlyList<EncodedPrompt> _prompts;
    private readonly SamplingKey _key;

    public Evaluator(IRolloutEngine engine, RewardSet rewards, IReadOnlyList<EncodedPrompt> prompts, EvaluationConfig evaluation, EvaluationRun run)
    {
        (_rewards, _prompts) = (rewards, prompts);
        _collector = new(engine, rewards, run.Sampling with { Temperature = evaluation.Temperature });
        _key = new SamplingKey(RandomSeeds.For(run.Seed, RandomPurpose.Evaluation), Step: 0);
        Judgement = new AnswerJudgement(rewards.Sources, evaluation, run.PartialScores);
    }

    /// <summary>What the answers' scores mean.</summary>
    public AnswerJudgement Judgement { get; }

    public int PromptCount => _prompts.Count;

    /// <summary>All prompts at once.</summary>
    /// <param name="completedSteps">Steps that the policy has been trained.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="ScoringPausedException">A reward outside the worker has not scored everything, and the run is to pause.</exception>
    public EvaluationReport Evaluate(int completedSteps, CancellationToken cancellationToken)
    {
        IReadOnlyList<RolloutGroup> sampled = RollOut(0, _prompts.Count, cancellationToken);
        (IReadOnlyList<RolloutGroup> groups, ScoreTable scores) = _collector.Score(sampled, new ScoringMoment(completedSteps, IsEvaluation: true), cancellationToken);
        Rollout[] rollouts = [.. groups.SelectMany(group => group.Rollouts)];
        EvaluationSummary summary = Judgement.Summarize([.. rollouts.Select(ScoredAnswer.Of)]);
        return new(summary.Metrics.Concat(Calls(scores)).ToDictionary(), rollouts, summary.Rewards, summary.Score, scores.Messages);
    }

    /// <summary>Some of the prompts, as a step.</summary>
    /// <param name="prompts">Their places.</param>
    /// <param name="step">From 1.</param>
    /// <param name="time">Measures the phases.</param>
    /// <param name="cancellationToken">Stops sampling between tokens.</param>
    /// <exception cref="ScoringPausedException">A reward outside the worker has not scored everything, and the run is to pause. The step leaves no trace.</exception>
    public AnsweredBatch Answer(Range prompts, int step, TimeProvider time, CancellationToken cancellationToken)
    {
        (int first, int count) = prompts.GetOffsetAndLength(_prompts.Count);
        StepRecorder recorder = new(time);
        IReadOnlyList<RolloutGroup> sampled = recorder.Phase("rollout", () => RollOut(first, count, cancellationToken));
        (IReadOnlyList<RolloutGroup> groups, ScoreTable scores) = recorder.Phase("reward", () => _collector.Score(sampled, new ScoringMoment(step, IsEvaluation: false), cancellationToken));
        Rollout[] rollouts = [.. groups.SelectMany(group => group.Rollouts)];

        recorder.GeneratedTokens = rollouts.Sum(rollout => (long)rollout.Completion.TokenIds.Count);
        recorder.AddScores(scores, _rewards.Sources);
        if (_rewards.Sources.Count > 0)
        {
            recorder.Add(RewardMetrics.Of(Judgement.Table([.. rollouts.Select(rollout => rollout.Scores)])));
        }

        for (int source = 0; source < _rewards.Sources.Count; source++)
        {
            recorder.Add(RewardMetrics.OfSource(_rewards.Sources[source].Name, [.. scores.Scores.Select(row => row[source])]));
        }

        recorder.Add(CompletionMetrics.Of(rollouts));
        return new AnsweredBatch(rollouts, recorder.Finish(), recorder.Messages);
    }

    private static IEnumerable<KeyValuePair<string, double>> Calls(ScoreTable scores) => scores.Calls.SelectMany(source => (KeyValuePair<string, double>[])
    [
        new(MetricNames.EvalCalls(source.Key), source.Value.Latencies.Count),
        new(MetricNames.EvalCallFaults(source.Key), source.Value.Faults),
        new(MetricNames.EvalCallTokens(source.Key), source.Value.Tokens),
    ]);

    private IReadOnlyList<RolloutGroup> RollOut(int first, int count, CancellationToken cancellationToken) =>
        _collector.RollOut([.. Enumerable.Range(first, count).Select(index => (_prompts[index], index))], Judgement.SamplesPerPrompt, _key, cancellationToken);
}

/// <summary>What an evaluation takes from its run.</summary>
/// <param name="Sampling">How answers are sampled; the evaluation has its own temperature.</param>
/// <param name="PartialScores">What happens to an answer that not every source scored.</param>
/// <param name="Seed">Key of the random streams.</param>
public sealed record EvaluationRun(SamplingConfig Sampling, PartialScores PartialScores, ulong Seed)
{
    /// <summary>Held-out answers are as long as rollouts, and from the full distribution.</summary>
    public static EvaluationRun Of(GrpoConfig config) =>
        new(new SamplingConfig { MaxCompletionLength = config.Sampling.MaxCompletionLength, StopStrings = config.Sampling.StopStrings }, config.PartialScores, config.Seed);

    public static EvaluationRun Of(AnswerConfig config) => new(config.Sampling.ToSampling(), config.PartialScores, config.Seed);
}

/// <summary>How the policy answers held-out prompts.</summary>
/// <param name="Metrics">eval/* by the names of algorithms.md.</param>
/// <param name="Rollouts">Every answer, in the order of prompts.</param>
/// <param name="Rewards">[B] reward of each; NaN is unscored.</param>
/// <param name="Score">Mean reward; null where nothing was scored.</param>
/// <param name="Messages">Messages for the user.</param>
public sealed record EvaluationReport(
    IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<Rollout> Rollouts, IReadOnlyList<double> Rewards, double? Score, IReadOnlyList<string> Messages);

/// <summary>The answers of one step of an evaluation job.</summary>
/// <param name="Rollouts">Every answer, in the order of prompts.</param>
/// <param name="Metrics">Of these answers, by the names of a training step.</param>
/// <param name="Messages">Messages for the user.</param>
public sealed record AnsweredBatch(IReadOnlyList<Rollout> Rollouts, IReadOnlyDictionary<string, double> Metrics, IReadOnlyList<string> Messages);
