using AlignService.Server.Mapping;
using AlignService.Specs.PolicyOptimization;

namespace AlignService.Server.Validation;

/// <summary>Bounds of the knobs of the objective, and combinations that cannot be meant.</summary>
internal static class AlgorithmRules
{
    /// <summary>Completions of one step that a worker could ever hold.</summary>
    internal const long MaxRolloutsPerStep = 1_000_000;

    private const int MaxSamplingRounds = 10_000;

    public static void Check(GrpoConfig config, FaultList faults, string path)
    {
        var range = new RangeCheck(faults, path);
        CheckCounts(config, range);
        CheckLoss(config, range);
        CheckReference(config, range);
        CheckSamplingKnobs(config, range);
    }

    private static void CheckCounts(GrpoConfig config, RangeCheck range)
    {
        range.AtLeast("steps", config.StepCount, 1);
        range.AtLeast("prompts_per_step", config.PromptsPerStep, 1);
        if (config.Advantage == AdvantageKind.Critic)
        {
            range.AtLeast("group_size", config.GroupSize, 1);
        }
        else
        {
            range.AtLeast("group_size", config.GroupSize, 2, "GRPO compares the completions of a prompt");
        }

        range.AtLeast("epochs", config.EpochCount, 1);
        range.AtLeast("micro_batch_size", config.MicroBatchSize, 1);
        range.AtLeast("advantage_epsilon", config.AdvantageEpsilon, 0);
        long rollouts = (long)config.PromptsPerStep * config.GroupSize;
        if (config.PromptsPerStep < 1 || config.GroupSize < 1)
        {
            range.AtLeast("minibatches", config.MinibatchCount, 1);
        }
        else if (rollouts > MaxRolloutsPerStep)
        {
            range.Add("group_size", $"{config.PromptsPerStep} prompts x {config.GroupSize} completions are {rollouts} rollouts a step; at most {MaxRolloutsPerStep} are allowed.");
        }
        else if (config.MinibatchCount < 1 || config.MinibatchCount > rollouts)
        {
            range.Add(
                "minibatches",
                $"it is {config.MinibatchCount}; a step has {config.PromptsPerStep} x {config.GroupSize} = {rollouts} rollouts, so it must lie in [1, {rollouts}].");
        }
    }

    private static void CheckLoss(GrpoConfig config, RangeCheck range)
    {
        GrpoLossConfig loss = config.Loss;
        range.Within("clip_low", loss.ClipLow, 0, 1);
        range.AtLeast("clip_high", loss.ClipHigh, 0);
        range.Positive("ratio_cap", loss.RatioCap);
        if (loss.RatioCap is { } cap && cap <= 1 + loss.ClipHigh && cap > 0)
        {
            range.Add("ratio_cap", $"it is {cap}; it bounds what the clip range leaves open, so it must be above 1 + clip_high = {1 + loss.ClipHigh}, or 0 for off.");
        }

        range.Positive("dual_clip", loss.DualClip);
        if (loss.DualClip is { } bound && bound <= 1 && bound > 0)
        {
            range.Add("dual_clip", $"it is {bound}; it must be above 1 (the paper has 3), or 0 for off.");
        }

        range.Positive("cispo_absolute_max", loss.CispoAbsoluteMax);
        range.AtLeast("kl_coefficient", loss.KlCoefficient, 0);
        range.AtLeast("entropy_coefficient", loss.EntropyCoefficient, 0);
        range.PositiveUpTo("top_entropy_fraction", loss.TopEntropyFraction, 1);
        range.AtLeast("sampler_cap", loss.SamplerCap, 1);
        WarnWithout(loss.CispoAbsoluteMax, Objective.Cispo, "cispo_absolute_max", loss, range);
        WarnWithout(loss.RatioCap, Objective.Clipped, "ratio_cap", loss, range);
        WarnWithout(loss.DualClip, Objective.Clipped, "dual_clip", loss, range);
    }

    private static void WarnWithout(double? knob, Objective needed, string field, GrpoLossConfig loss, RangeCheck range)
    {
        if (knob is { } value && loss.Objective != needed)
        {
            range.Warn(field, $"it is {value} but has no effect: the objective is {EnumNames.Spelled(loss.Objective)}, not {EnumNames.Spelled(needed)}.");
        }
    }

    private static void CheckReference(GrpoConfig config, RangeCheck range)
    {
        if (config.AdaptiveKl is { } adaptive)
        {
            range.Positive("adaptive_kl.target", adaptive.Target);
            range.Positive("adaptive_kl.horizon", adaptive.Horizon);
            if (config.Loss.KlCoefficient == 0)
            {
                range.Add("adaptive_kl", "it multiplies kl_coefficient, which is 0 and would stay 0; set kl_coefficient above 0 or leave adaptive_kl out.");
            }
        }

        range.Positive("kl_stop", config.KlStop);
        range.AtLeast("reference_sync_steps", config.ReferenceSyncSteps, 1);
        range.PositiveUpTo("reference_sync_alpha", config.ReferenceSyncAlpha, 1);
        if (config is { ReferenceSyncSteps: not null, ReportKl: false, Loss.KlCoefficient: 0 })
        {
            range.Warn("reference_sync_steps", "it has no effect: with kl_coefficient 0 and without report_kl there is no reference model.");
        }

        if (config.Loss.KlCoefficient > 1)
        {
            range.Warn("kl_coefficient", $"{config.Loss.KlCoefficient} is unusual; values from 0 to 0.2 are common, and a large one keeps the policy where it is.");
        }
    }

    private static void CheckSamplingKnobs(GrpoConfig config, RangeCheck range)
    {
        range.Within("max_sampling_rounds", config.MaxSamplingRounds, 1, MaxSamplingRounds);
        if (config.SoftOverlongCache is { } cache && (cache < 1 || cache > config.Sampling.MaxCompletionLength))
        {
            range.Add(
                "soft_overlong_cache",
                $"it is {cache}; the penalty falls over the last tokens before max_completion_length, so it must lie in [1, {config.Sampling.MaxCompletionLength}], or be 0 for off.");
        }

        if (config.ShuffleRewards)
        {
            range.Warn("shuffle_rewards", "rewards are permuted: this is a control run that learns nothing.");
        }
    }
}
