using AlignService.Specs.Guardian;
using AlignService.Specs.PolicyOptimization;

namespace AlignService.Server.Validation;

/// <summary>Bounds of the guardian's rules, and actions that come too late for them.</summary>
internal static class GuardianRules
{
    public static void Check(GrpoConfig config, FaultList faults, string path)
    {
        GuardianConfig guardian = config.Guardian;
        var range = new RangeCheck(faults, path);
        CheckRule("non_finite", guardian.NonFinite, range);
        CheckRule("kl_blow_up", guardian.KlBlowUp, range);
        CheckRule("entropy_collapse", guardian.EntropyCollapse, range);
        CheckRule("length_explosion", guardian.LengthExplosion, range);
        CheckRule("no_learning_signal", guardian.NoLearningSignal, range);
        CheckRule("constant_reward", guardian.ConstantReward, range);
        CheckRule("sampler_mismatch", guardian.SamplerMismatch, range);

        CheckNonFinite(guardian.NonFinite, range);
        range.Positive("kl_blow_up.threshold", guardian.KlBlowUp.Threshold);
        range.PositiveUpTo("entropy_collapse.threshold", guardian.EntropyCollapse.Threshold, 1);
        range.AtLeast("length_explosion.threshold", guardian.LengthExplosion.Threshold, 1, "it is a multiple of the first step's length");
        range.PositiveUpTo("no_learning_signal.threshold", guardian.NoLearningSignal.Threshold, 1);
        range.AtLeast("constant_reward.threshold", guardian.ConstantReward.Threshold, 0);
        range.Positive("sampler_mismatch.threshold", guardian.SamplerMismatch.Threshold);
        RefuseSkip("kl_blow_up", guardian.KlBlowUp, "policy/kl", range);
        RefuseSkip("entropy_collapse", guardian.EntropyCollapse, "policy/entropy", range);
        if (!(guardian.RollbackLearningRateFactor is > 0 and < 1))
        {
            range.Add("rollback_learning_rate_factor", $"it is {guardian.RollbackLearningRateFactor}; the learning rate is multiplied with it at each rollback, so it must lie in (0, 1).");
        }

        range.AtLeast("max_rollbacks", guardian.MaxRollbacks, 1);
        if (guardian.KlBlowUp.Action != GuardianAction.Off && guardian.KlBlowUp != new GuardianConfig().KlBlowUp && !config.NeedsReference)
        {
            range.Warn("kl_blow_up", "it has no effect: without a reference model there is no policy/kl. Set report_kl, or kl_coefficient above 0.");
        }
    }

    private static void CheckRule(string name, GuardianRuleConfig rule, RangeCheck range) => range.AtLeast($"{name}.patience", rule.Patience, 1);

    private static void CheckNonFinite(GuardianRuleConfig rule, RangeCheck range)
    {
        if (rule.Threshold is { } threshold)
        {
            range.Add("non_finite.threshold", $"it is {threshold}, but a gradient is finite or it is not; leave it out. patience is how many such updates in a row are borne.");
        }

        if (rule.Action == GuardianAction.Off)
        {
            range.Add("non_finite.action", "it is off, but one such update would make every weight NaN, so it is always skipped; warn is the least.");
        }
    }

    private static void RefuseSkip(string name, GuardianRuleConfig rule, string metric, RangeCheck range)
    {
        if (rule.Action == GuardianAction.SkipStep)
        {
            range.Add($"{name}.action", $"it is skip_step, but {metric} is known only after the update; choose warn, roll_back, pause or fail.");
        }
    }
}
