namespace AlignService.Specs.Metrics;

/// <summary>Names of metrics that the code writes or reads; <see cref="MetricCatalog"/> defines each.</summary>
public static class MetricNames
{
    public const string RewardMean = "reward/mean";
    public const string RewardStd = "reward/std";
    public const string RewardZeroStdFraction = "reward/zero_std_fraction";

    public const string CompletionsMeanLength = "completions/mean_length";
    public const string CompletionsMinLength = "completions/min_length";
    public const string CompletionsMaxLength = "completions/max_length";
    public const string CompletionsTruncatedFraction = "completions/truncated_fraction";

    public const string PolicyLoss = "policy/loss";
    public const string PolicyEntropy = "policy/entropy";
    public const string PolicyKl = "policy/kl";
    public const string PolicyKlPerCompletion = "policy/kl_per_completion";
    public const string PolicyKlCoefficient = "policy/kl_coefficient";
    public const string PolicyRatioMean = "policy/ratio_mean";
    public const string PolicyClipLowFraction = "policy/clip_low_fraction";
    public const string PolicyClipHighFraction = "policy/clip_high_fraction";
    public const string PolicyClipFraction = "policy/clip_fraction";
    public const string PolicyGradNorm = "policy/grad_norm";
    public const string PolicyLearningRate = "policy/learning_rate";
    public const string PolicyTrustRegionAccepted = "policy/trust_region_accepted";
    public const string PolicyTrustRegionKl = "policy/trust_region_kl";
    public const string PolicyTrustRegionGain = "policy/trust_region_gain";
    public const string PolicyTrustRegionBacktracks = "policy/trust_region_backtracks";

    public const string CriticLoss = "critic/loss";
    public const string CriticGradNorm = "critic/grad_norm";
    public const string CriticExplainedVariance = "critic/explained_variance";
    public const string CriticExplainedVarianceMonteCarlo = "critic/explained_variance_monte_carlo";

    public const string PreferenceAccuracy = "preference/accuracy";
    public const string PreferenceMargin = "preference/margin";
    public const string PreferenceChosenReward = "preference/chosen_reward";
    public const string PreferenceRejectedReward = "preference/rejected_reward";

    public const string RewardModelLoss = "reward_model/loss";
    public const string RewardModelAccuracy = "reward_model/accuracy";
    public const string RewardModelMargin = "reward_model/margin";
    public const string RewardModelChosenScore = "reward_model/chosen_score";
    public const string RewardModelRejectedScore = "reward_model/rejected_score";
    public const string RewardModelGradNorm = "reward_model/grad_norm";
    public const string RewardModelLearningRate = "reward_model/learning_rate";

    public const string SamplerLogProbDifferenceMean = "sampler/logprob_difference_mean";
    public const string SamplerLogProbDifferenceMax = "sampler/logprob_difference_max";
    public const string SamplerKeptMass = "sampler/kept_mass";
    public const string SamplerRounds = "sampler/rounds";
    public const string SamplerDroppedGroups = "sampler/dropped_groups";

    public const string TimeStep = "time/step";
    public const string TimeCheckpoint = "time/checkpoint";
    public const string TimeKeepRollouts = "time/keep_rollouts";
    public const string TokensGenerated = "tokens/generated";
    public const string TokensTrained = "tokens/trained";
    public const string TokensGeneratedPerSecond = "tokens/generated_per_second";
    public const string TokensTrainedPerSecond = "tokens/trained_per_second";
    public const string MemoryPeakBytes = "memory/peak_bytes";

    /// <summary>Prefix of every number of an evaluation.</summary>
    public const string EvalPrefix = "eval/";

    /// <summary>Decides which checkpoint is best, and whether to stop early.</summary>
    public const string EvalScore = "eval/score";

    public const string EvalRewardMean = "eval/reward/mean";
    public const string EvalLossMean = "eval/loss/mean";
    public const string EvalAccuracyMean = "eval/accuracy/mean";
    public const string EvalCompletionsMeanLength = "eval/completions/mean_length";
    public const string EvalCompletionsMinLength = "eval/completions/min_length";
    public const string EvalCompletionsMaxLength = "eval/completions/max_length";
    public const string EvalCompletionsTruncatedFraction = "eval/completions/truncated_fraction";
    public const string EvalCompletionsStopFraction = "eval/completions/stop_fraction";
    public const string EvalCompletionsStopStringFraction = "eval/completions/stop_string_fraction";

    public static string RewardSourceMean(string source) => $"reward/{source}/mean";

    public static string RewardSourceStd(string source) => $"reward/{source}/std";

    public static string RewardSourceMissingFraction(string source) => $"reward/{source}/missing_fraction";

    public static string RewardSourceLatencyP95(string source) => $"reward/{source}/latency_p95";

    public static string RewardCalls(string source) => $"reward/{source}/calls";

    public static string RewardCallRetries(string source) => $"reward/{source}/call_retries";

    public static string RewardCallFaults(string source) => $"reward/{source}/call_faults";

    public static string RewardCallTokens(string source) => $"reward/{source}/call_tokens";

    public static string RewardCacheHits(string source) => $"reward/{source}/cache_hits";

    /// <param name="source">The reward's name.</param>
    /// <param name="percent">50, 95 or 99.</param>
    public static string RewardCallLatency(string source, int percent) => $"reward/{source}/call_latency_p{percent}";

    public static string EvalCalls(string source) => $"{EvalPrefix}{source}/calls";

    public static string EvalCallFaults(string source) => $"{EvalPrefix}{source}/call_faults";

    public static string EvalCallTokens(string source) => $"{EvalPrefix}{source}/call_tokens";

    /// <param name="phase">A part of a step: rollout, reward, update, ...</param>
    public static string Time(string phase) => $"time/{phase}";

    /// <param name="name">A reward source, reward for their weighted sum, or another measure on held-out data.</param>
    public static string EvalMean(string name) => $"{EvalPrefix}{name}/mean";

    public static string EvalMissingFraction(string source) => $"{EvalPrefix}{source}/missing_fraction";

    public static string EvalStandardError(string name) => $"{EvalPrefix}{name}/standard_error";
}
