using AlignService.Specs.Binding;
using AlignService.Specs.Violations;

namespace AlignService.Specs.PolicyOptimization;

/// <summary>Rules about combinations of policy optimization settings. Bounds of single settings are in their declarations.</summary>
internal static class GrpoRules
{
    /// <summary>Most completions of one step, or of one evaluation, that a worker can hold.</summary>
    internal const long MaxRolloutsPerStep = 1_000_000;

    /// <param name="config">The job's.</param>
    /// <param name="job">The kind's message; the settings are in messages below it.</param>
    public static void Check(GrpoConfig config, FieldViolations job)
    {
        FieldViolations algorithm = job.At("algorithm");
        CheckCounts(config, algorithm);
        CheckLoss(config.Loss, algorithm);
        CheckKl(config, algorithm);
        CheckCritic(config, job, algorithm);
        CheckTrustRegion(config, algorithm);
        CheckSampling(config, job.At("sampling"), algorithm);
    }

    private static void CheckCounts(GrpoConfig config, FieldViolations algorithm)
    {
        if (config.Advantage != AdvantageKind.Critic && config.GroupSize == 1)
        {
            algorithm.Add("group_size", "it is 1; GRPO compares the completions of a prompt, so it must be at least 2.", ViolationCode.OutOfRange);
        }

        long rollouts = (long)config.PromptsPerStep * config.GroupSize;
        if (config.PromptsPerStep < 1 || config.GroupSize < 1 || config.MinibatchCount < 1)
        {
            return;
        }

        if (rollouts > MaxRolloutsPerStep)
        {
            algorithm.Add("group_size", $"{config.PromptsPerStep} prompts x {config.GroupSize} completions are {rollouts} rollouts per step; at most {MaxRolloutsPerStep} are allowed.", ViolationCode.OutOfRange);
        }
        else if (config.MinibatchCount > rollouts)
        {
            algorithm.Add("minibatches", $"it is {config.MinibatchCount}; a step has {config.PromptsPerStep} x {config.GroupSize} = {rollouts} rollouts, so it must be in [1, {rollouts}].", ViolationCode.OutOfRange);
        }
    }

    private static void CheckLoss(GrpoLossConfig loss, FieldViolations algorithm)
    {
        if (loss.RatioCap is { } cap && cap <= 1 + loss.ClipHigh && cap > 0)
        {
            algorithm.Add("ratio_cap", $"it is {cap}; it bounds the unclipped branch, so it must be above 1 + clip_high = {1 + loss.ClipHigh}, or 0 for off.", ViolationCode.OutOfRange);
        }

        if (loss.DualClip is { } bound && bound <= 1 && bound > 0)
        {
            algorithm.Add("dual_clip", $"it is {bound}; it must be above 1 (3 in the paper), or 0 for off.", ViolationCode.OutOfRange);
        }
    }

    private static void CheckKl(GrpoConfig config, FieldViolations algorithm)
    {
        if (config is { AdaptiveKl: not null, Loss.KlCoefficient: 0 })
        {
            algorithm.Add("adaptive_kl", "it multiplies kl_coefficient, which is 0 and would stay 0; set kl_coefficient above 0 or leave adaptive_kl out.", ViolationCode.Conflict);
        }

        if (config.Loss is not { KlPlacement: KlPlacement.Reward, KlCoefficient: not 0 })
        {
            return;
        }

        if (config.Advantage == AdvantageKind.Process)
        {
            algorithm.Add("kl_placement", "it is reward, but advantage process reads the scores of segments, not one reward; set kl_placement to loss, or kl_coefficient to 0.", ViolationCode.Conflict);
        }
        else if (config.Advantage == AdvantageKind.NormalizeThenSum)
        {
            algorithm.Add(
                "kl_placement",
                "it is reward, but advantage normalize_then_sum divides each part of the reward by its own deviation, so kl_coefficient would have no effect; set kl_placement to loss, or kl_coefficient to 0.",
                ViolationCode.Conflict);
        }
    }

    private static void CheckCritic(GrpoConfig config, FieldViolations job, FieldViolations algorithm)
    {
        if (config.Critic is not { } critic)
        {
            return;
        }

        if (config.Advantage != AdvantageKind.Critic)
        {
            job.Add("critic", $"advantage {EnumNames.Spelled(config.Advantage)} does not use a critic; leave critic out, or set advantage to critic (profile ppo).", ViolationCode.Conflict);
            return;
        }

        FieldViolations range = job.At("critic");
        if (critic is { WarmupSteps: > 0, LearningRate: null })
        {
            range.Add("warmup_steps", $"it is {critic.WarmupSteps}, but the critic shares the policy's optimizer and cannot be trained alone; set critic.learning_rate, or leave warmup_steps out.", ViolationCode.Conflict);
        }
        else if (critic.WarmupSteps >= config.StepCount && config.StepCount > 0 && critic.WarmupSteps > 0)
        {
            range.Add("warmup_steps", $"it is {critic.WarmupSteps} of {config.StepCount} steps, so the policy would never learn; it must be below {config.StepCount}.", ViolationCode.OutOfRange);
        }

        if (config is { GroupSize: 1, DynamicSampling: true })
        {
            algorithm.Add("dynamic_sampling", "it keeps groups whose rewards differ, and those of a group of 1 never do; set group_size to 2 or more, or leave dynamic_sampling out.", ViolationCode.Conflict);
        }
    }

    private static void CheckTrustRegion(GrpoConfig config, FieldViolations algorithm)
    {
        if (config.TrustRegion is null)
        {
            return;
        }

        if (config.Loss.Objective != Objective.NaturalGradient)
        {
            algorithm.Add("trust_region", $"objective {EnumNames.Spelled(config.Loss.Objective)} does not use it; leave trust_region out, or set objective to natural_gradient (profile trust_region).", ViolationCode.Conflict);
            return;
        }

        CheckOnce("epochs", config.EpochCount);
        CheckOnce("minibatches", config.MinibatchCount);
        if (config.Advantage == AdvantageKind.Critic)
        {
            algorithm.Add("advantage", "it is critic, but a natural-gradient step does not train a critic; use a group advantage, or objective clipped.", ViolationCode.Conflict);
        }

        if (config.Loss.TopEntropyFraction is { } fraction)
        {
            algorithm.Add("top_entropy_fraction", $"it is {fraction}, but a natural-gradient step compares the surrogate before and after it, which would use different tokens; leave it out.", ViolationCode.Conflict);
        }

        if (config.KlStop is { } stop)
        {
            algorithm.Warn("kl_stop", $"it is {stop} but has no effect: a natural-gradient step is bounded by trust_region.max_kl.", ViolationCode.NoEffect);
        }

        void CheckOnce(string field, int value)
        {
            if (value > 1)
            {
                algorithm.Add(field, $"it is {value}; a natural-gradient step uses all rollouts at once, so it must be 1.", ViolationCode.OutOfRange);
            }
        }
    }

    private static void CheckSampling(GrpoConfig config, FieldViolations sampling, FieldViolations algorithm)
    {
        int longest = config.Sampling.MaxCompletionLength;
        if (config.SoftOverlongCache is { } cache && (cache < 1 || cache > longest))
        {
            algorithm.Add("soft_overlong_cache", $"it is {cache}; the penalty falls over the last tokens before max_completion_length, so it must be in [1, {longest}], or 0 for off.", ViolationCode.OutOfRange);
        }

        if (config.ShuffleRewards)
        {
            algorithm.Warn("shuffle_rewards", "rewards are permuted: this is a control run that cannot learn.");
        }

        CheckStopStrings(config.Sampling.StopStrings, sampling);
        CheckTruncation(config, sampling);
    }

    /// <param name="strings">That end a completion.</param>
    /// <param name="sampling">The message that holds them.</param>
    public static void CheckStopStrings(IReadOnlyList<string> strings, FieldViolations sampling)
    {
        for (int i = 0; i < strings.Count; i++)
        {
            if (strings[i].Length == 0)
            {
                sampling.Add($"stop_strings[{i}]", "it is empty and would end every completion at once; leave it out.");
            }
        }
    }

    /// <summary>Truncating the distribution biases the ratio, which is over the full vocabulary.</summary>
    private static void CheckTruncation(GrpoConfig config, FieldViolations sampling)
    {
        SamplingConfig given = config.Sampling;
        (string Field, bool On, string Value)[] settings =
        [
            ("top_k", given.TopK > 0, $"{given.TopK}"),
            ("top_p", given.TopP is > 0 and < 1, $"{given.TopP}"),
            ("min_p", given.MinP is > 0 and < 1, $"{given.MinP}"),
            ("repetition_penalty", given.RepetitionPenalty > 0 && given.RepetitionPenalty != 1, $"{given.RepetitionPenalty}"),
        ];
        foreach ((string field, _, string value) in settings.Where(setting => setting.On))
        {
            if (config.AllowTruncatedSampling)
            {
                sampling.Warn(field, $"{value} biases the ratio; the kept probability mass is reported.");
            }
            else
            {
                sampling.Add(
                    field,
                    $"{value} changes the distribution that completions are sampled from, while the ratio uses the full one: training would be biased. "
                    + "Leave it out, or set allow_truncated_sampling to accept that.",
                    ViolationCode.Conflict);
            }
        }
    }
}
