using static AlignService.Specs.Metrics.MetricNames;

namespace AlignService.Specs.Metrics;

/// <summary>Every metric that a job reports: one entry each. docs/metrics.md is generated from it.</summary>
public static class MetricCatalog
{
    /// <summary>In the order of tables and documents. The first entry that matches a name is used.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [
        new(RewardMean, "1", "Mean of all weighted rewards.") { Heading = "reward", LineLabel = "reward", Chart = MetricChart.Reward, ChartLabel = "mean", Band = RewardStd },
        new(RewardStd, "1", "Mean over the groups of the standard deviation of a group's rewards.") { Heading = "reward std in a group" },
        new(RewardZeroStdFraction, "1", "Share of groups whose rewards are all equal (with `process`: of groups without any advantage); absent if groups have one completion."),
        new(RewardSourceMean("{source}"), "1", "Mean score of a reward source."),
        new(RewardSourceStd("{source}"), "1", "Standard deviation of a reward source's scores."),
        new(RewardSourceMissingFraction("{source}"), "1", "Share of the sampled completions without a score from a reward source, those of groups that dynamic sampling drops included."),
        new(RewardSourceLatencyP95("{source}"), "s", "95th percentile of a reward source's time per batch.") { Aggregation = MetricAggregation.Max, Repeats = false },
        new(RewardCalls("{source}"), "1", "Attempts at calls of a reward outside the worker.") { Kind = MetricKind.Counter, Aggregation = MetricAggregation.Sum, Repeats = false },
        new(RewardCallRetries("{source}"), "1", "Of these, those beyond the first of a call.") { Kind = MetricKind.Counter, Aggregation = MetricAggregation.Sum, Repeats = false },
        new(RewardCallFaults("{source}"), "1", "Of these, those that gave no valid answer.") { Kind = MetricKind.Counter, Aggregation = MetricAggregation.Sum, Repeats = false },
        new(RewardCallTokens("{source}"), "{token}", "Tokens of a judge's prompts and answers, as its endpoint counts them.") { Kind = MetricKind.Counter, Aggregation = MetricAggregation.Sum, Repeats = false },
        new(RewardCacheHits("{source}"), "1", "Completions (with `whole_groups` or `rank_group`: groups; with several judges: of each) that a reward outside the worker had answered before.") { Kind = MetricKind.Counter, Aggregation = MetricAggregation.Sum, Repeats = false },
        new("reward/{source}/call_latency_p{percent}", "s", "Percentile (50, 95, 99) of the time of an attempt, waiting for its turn left out.") { Aggregation = MetricAggregation.Max, Repeats = false },

        new(PolicyKl, "{nat}", "Mean KL per token from the reference model.") { Heading = "KL to the reference", LineLabel = "kl", Chart = MetricChart.Kl, ChartLabel = "kl" },
        new(CompletionsMeanLength, "{token}", "Mean length of the completions.") { Heading = "completion length", LineLabel = "length", Chart = MetricChart.Length, ChartLabel = "mean" },
        new(CompletionsMinLength, "{token}", "Length of the shortest completion."),
        new(CompletionsMaxLength, "{token}", "Length of the longest completion.") { Chart = MetricChart.Length, ChartLabel = "longest" },
        new(CompletionsTruncatedFraction, "1", "Share of completions that ended by `length`.") { Heading = "truncated", Chart = MetricChart.Shares, ChartLabel = "truncated" },
        new(PolicyEntropy, "{nat}", "Mean entropy per token of the policy.") { Heading = "entropy", Chart = MetricChart.Entropy, ChartLabel = "entropy" },
        new(PolicyLoss, "1", "The loss that is minimized; in supervised training in nats per token.") { Heading = "loss", LineLabel = "loss", Chart = MetricChart.Loss, ChartLabel = "loss" },
        new(PolicyKlPerCompletion, "{nat}", "With `adaptive_kl`: the KL per completion that is held near the target."),
        new(PolicyKlCoefficient, "1", "With `adaptive_kl`: the coefficient that holds the KL near the target."),
        new(PolicyRatioMean, "1", "Mean probability ratio of the new to the old policy."),
        new(PolicyClipLowFraction, "1", "Share of tokens whose ratio is below 1 - clip_low at a negative advantage."),
        new(PolicyClipHighFraction, "1", "Share of tokens whose ratio is above 1 + clip_high at a positive advantage."),
        new(PolicyClipFraction, "1", "Share of tokens that are clipped on either side.") { Heading = "clipped", Chart = MetricChart.Shares, ChartLabel = "clipped" },
        new(PolicyGradNorm, "1", "Norm of the gradient before clipping; with a critic in the same optimizer, of both together.") { Heading = "gradient norm", Chart = MetricChart.GradientNorm, ChartLabel = "norm" },
        new(PolicyLearningRate, "1", "Learning rate of the last update.") { Aggregation = MetricAggregation.Last },
        new(PolicyTrustRegionAccepted, "1", "1 if a natural-gradient step was taken, else 0."),
        new(PolicyTrustRegionKl, "{nat}", "True mean KL(old || new) of the natural-gradient step taken."),
        new(PolicyTrustRegionGain, "1", "Increase of the surrogate by the natural-gradient step taken."),
        new(PolicyTrustRegionBacktracks, "1", "How often the natural-gradient step was shortened."),

        new(CriticLoss, "1", "Value loss, without `value_coefficient`."),
        new(CriticGradNorm, "1", "Norm of the critic's gradient before clipping, with `value_coefficient`."),
        new(CriticExplainedVariance, "1", "Explained variance of the values before the update, against the estimated returns."),
        new(CriticExplainedVarianceMonteCarlo, "1", "Explained variance of the values before the update, against the observed returns."),

        new(PreferenceAccuracy, "1", "Share of pairs whose chosen answer has the larger implicit reward.") { Heading = "pairs in order", LineLabel = "accuracy", Chart = MetricChart.Accuracy, ChartLabel = "share" },
        new(PreferenceMargin, "1", "Mean difference of the implicit rewards of a pair.") { Heading = "implicit reward margin" },
        new(PreferenceChosenReward, "1", "Mean implicit reward of the chosen answers.") { Chart = MetricChart.ImplicitReward, ChartLabel = "chosen" },
        new(PreferenceRejectedReward, "1", "Mean implicit reward of the rejected answers.") { Chart = MetricChart.ImplicitReward, ChartLabel = "rejected" },

        new(RewardModelLoss, "{nat}", "Loss of the reward model in training.") { Heading = "loss", LineLabel = "loss", Chart = MetricChart.Loss, ChartLabel = "loss" },
        new(RewardModelAccuracy, "1", "Share of pairs whose chosen answer has the larger score.") { Heading = "pairs in order", LineLabel = "accuracy", Chart = MetricChart.Accuracy, ChartLabel = "share" },
        new(RewardModelMargin, "1", "Mean difference of the scores of a pair.") { Heading = "score margin" },
        new(RewardModelChosenScore, "1", "Mean score of the chosen answers.") { Chart = MetricChart.Score, ChartLabel = "chosen" },
        new(RewardModelRejectedScore, "1", "Mean score of the rejected answers.") { Chart = MetricChart.Score, ChartLabel = "rejected" },
        new(RewardModelGradNorm, "1", "Norm of the reward model's gradient before clipping.") { Heading = "gradient norm", Chart = MetricChart.GradientNorm, ChartLabel = "norm" },
        new(RewardModelLearningRate, "1", "Learning rate of the last update.") { Aggregation = MetricAggregation.Last },

        new(SamplerLogProbDifferenceMean, "{nat}", "Mean absolute difference of log-probs between sampler and trainer."),
        new(SamplerLogProbDifferenceMax, "{nat}", "Largest absolute difference of log-probs between sampler and trainer.") { Aggregation = MetricAggregation.Max },
        new(SamplerKeptMass, "1", "Mean probability mass that top_k, top_p and min_p keep."),
        new(SamplerRounds, "1", "Rounds of sampling that the step took (dynamic sampling).") { Aggregation = MetricAggregation.Sum },
        new(SamplerDroppedGroups, "1", "Groups without a learning signal that were replaced (dynamic sampling).") { Aggregation = MetricAggregation.Sum },

        new(TimeStep, "s", "Time of a step.") { Kind = MetricKind.Histogram, Aggregation = MetricAggregation.Sum, Repeats = false, Heading = "step time", LineLabel = "seconds", Chart = MetricChart.StepTime, ChartLabel = "step" },
        new(Time("rollout"), "s", "Time of sampling, scoring included.") { Kind = MetricKind.Histogram, Aggregation = MetricAggregation.Sum, Repeats = false, Chart = MetricChart.StepTime, ChartLabel = "rollout" },
        new(Time("update"), "s", "Time of the updates.") { Kind = MetricKind.Histogram, Aggregation = MetricAggregation.Sum, Repeats = false, Chart = MetricChart.StepTime, ChartLabel = "update" },
        new(TimeCheckpoint, "s", "Time of writing a checkpoint.") { Kind = MetricKind.Histogram, Aggregation = MetricAggregation.Sum, Repeats = false },
        new(TimeKeepRollouts, "s", "Time of writing the step's rollouts, which is not part of `time/step`.") { Kind = MetricKind.Histogram, Aggregation = MetricAggregation.Sum, Repeats = false },
        new(Time("{phase}"), "s", "Time of another phase of a step: reward, old_logprobs, reference_logprobs, values.") { Kind = MetricKind.Histogram, Aggregation = MetricAggregation.Sum, Repeats = false },
        new(TokensGenerated, "{token}", "Completion tokens sampled.") { Kind = MetricKind.Counter, Aggregation = MetricAggregation.Sum },
        new(TokensTrained, "{token}", "Completion tokens trained on.") { Kind = MetricKind.Counter, Aggregation = MetricAggregation.Sum },
        new(TokensGeneratedPerSecond, "{token}/s", "Completion tokens sampled per second of rollout.") { Repeats = false, Chart = MetricChart.Speed, ChartLabel = "tokens/s" },
        new(TokensTrainedPerSecond, "{token}/s", "Completion tokens trained on per second of update.") { Repeats = false },
        new(MemoryPeakBytes, "By", "Peak memory of the worker process on the host; a GPU's memory is not counted.") { Aggregation = MetricAggregation.Max, Repeats = false },

        new(EvalRewardMean, "1", "Mean weighted reward on the held-out prompts, or on the prompts of an evaluation job.") { Chart = MetricChart.HeldOut, ChartLabel = "reward", Band = EvalStandardError("reward") },
        new(EvalMean("avg_at_{n}"), "1", "With `pass_at` or `success_source`, and in evaluation jobs: share of right answers among n = samples_per_prompt. Unscored answers are neither right nor wrong.") { Chart = MetricChart.HeldOut, ChartLabel = "avg_at_{n}" },
        new(EvalMean("pass_at_{k}"), "1", "Probability that at least one of k answers is right, 1 - C(n-c, k) / C(n, k) with c right ones (arXiv:2107.03374), as a mean over prompts.") { Chart = MetricChart.HeldOut, ChartLabel = "pass_at_{k}" },
        new(EvalMean("{name}"), "1", "On held-out data: mean score of a reward source; in training on examples, each number of a step (loss, entropy, accuracy, margin, ...).") { Chart = MetricChart.HeldOut, ChartLabel = "{name}" },
        new(EvalStandardError("{name}"), "1", "Standard error of that mean; with several samples per prompt, of the prompts' means."),
        new(EvalCalls("{source}"), "1", "On held-out data: attempts at calls of a reward outside the worker.") { Aggregation = MetricAggregation.Sum, Repeats = false },
        new(EvalCallFaults("{source}"), "1", "Of these, those that gave no valid answer.") { Aggregation = MetricAggregation.Sum, Repeats = false },
        new(EvalCallTokens("{source}"), "{token}", "On held-out data: tokens of a judge's prompts and answers.") { Aggregation = MetricAggregation.Sum, Repeats = false },
        new(EvalMissingFraction("{source}"), "1", "Share of the answers without a score from a reward source."),
        new(EvalCompletionsMeanLength, "{token}", "Mean length of the completions of the held-out prompts."),
        new(EvalCompletionsMinLength, "{token}", "Length of the shortest of them."),
        new(EvalCompletionsMaxLength, "{token}", "Length of the longest of them."),
        new(EvalCompletionsTruncatedFraction, "1", "Share of them that ended by `length`."),
        new(EvalCompletionsStopFraction, "1", "Share of them that ended by `stop`, an end token."),
        new(EvalCompletionsStopStringFraction, "1", "Share of them that ended by `stop_string`."),
        new(EvalScore, "1", "Decides which checkpoint is best (the later of equals) and when to stop early: the mean reward; in training on examples, minus the mean loss."),
    ];

    /// <summary>The entry of a metric; null where the catalog has none.</summary>
    public static Metric? Find(string name) => All.FirstOrDefault(metric => metric.Matches(name));
}
