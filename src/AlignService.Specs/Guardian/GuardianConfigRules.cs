using AlignService.Specs.Binding;
using AlignService.Specs.Metrics;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Guardian;

/// <summary>Bounds of the rules' thresholds, each in its rule's unit, and actions that come too late for a rule.</summary>
internal static class GuardianConfigRules
{
    public static void Check(GuardianConfig config, FieldViolations guardian)
    {
        CheckThreshold("kl_blow_up", config.KlBlowUp, new SettingAttribute { Above = 0 });
        CheckThreshold("entropy_collapse", config.EntropyCollapse, new SettingAttribute { Above = 0, Max = 1 });
        CheckThreshold("length_explosion", config.LengthExplosion, new SettingAttribute { Min = 1, Why = "it is a multiple of the first step's length" });
        CheckThreshold("no_learning_signal", config.NoLearningSignal, new SettingAttribute { Above = 0, Max = 1 });
        CheckThreshold("constant_reward", config.ConstantReward, new SettingAttribute { Min = 0 });
        CheckThreshold("missing_scores", config.MissingScores, new SettingAttribute { Above = 0, Max = 1 });
        CheckThreshold("sampler_mismatch", config.SamplerMismatch, new SettingAttribute { Above = 0 });
        RefuseSkip("kl_blow_up", config.KlBlowUp, MetricNames.PolicyKl);
        RefuseSkip("entropy_collapse", config.EntropyCollapse, MetricNames.PolicyEntropy);
        CheckNonFinite(config.NonFinite, guardian.At("non_finite"));

        void CheckThreshold(string name, GuardianRuleConfig rule, SettingAttribute bounds)
        {
            if (rule.Threshold is { } threshold && Bounds.Of(bounds).FindFault(threshold) is { } fault)
            {
                guardian.At(name).Add("threshold", fault, ViolationCode.OutOfRange);
            }
        }

        void RefuseSkip(string name, GuardianRuleConfig rule, string metric)
        {
            if (rule.Action == GuardianAction.SkipStep)
            {
                guardian.At(name).Add("action", $"it is skip_step, but {metric} is known only after the update; choose warn, roll_back, pause or fail.", ViolationCode.Conflict);
            }
        }
    }

    private static void CheckNonFinite(GuardianRuleConfig rule, FieldViolations at)
    {
        if (rule.Threshold is { } threshold)
        {
            at.Add("threshold", $"it is {threshold}, but a gradient is either finite or not; leave it out. patience is how many such updates in a row are tolerated.", ViolationCode.Conflict);
        }

        if (rule.Action == GuardianAction.Off)
        {
            at.Add("action", "it is off, but one such update would make every weight NaN, so it is always skipped; set at least warn.", ViolationCode.Conflict);
        }
    }
}
