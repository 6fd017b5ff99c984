using AlignService.Specs.Guardian;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Mapping;

/// <summary>The guardian's rules, both ways.</summary>
internal static class GuardianMapper
{
    public static GuardianConfig Read(Wire.GuardianSettings wire, SpecReader reader)
    {
        var defaults = new GuardianConfig();
        return new GuardianConfig
        {
            NonFinite = ReadRule(wire.NonFinite, defaults.NonFinite, reader.At("non_finite")),
            KlBlowUp = ReadRule(wire.KlBlowUp, defaults.KlBlowUp, reader.At("kl_blow_up")),
            EntropyCollapse = ReadRule(wire.EntropyCollapse, defaults.EntropyCollapse, reader.At("entropy_collapse")),
            LengthExplosion = ReadRule(wire.LengthExplosion, defaults.LengthExplosion, reader.At("length_explosion")),
            NoLearningSignal = ReadRule(wire.NoLearningSignal, defaults.NoLearningSignal, reader.At("no_learning_signal")),
            ConstantReward = ReadRule(wire.ConstantReward, defaults.ConstantReward, reader.At("constant_reward")),
            SamplerMismatch = ReadRule(wire.SamplerMismatch, defaults.SamplerMismatch, reader.At("sampler_mismatch")),
            RollbackLearningRateFactor = wire.HasRollbackLearningRateFactor ? wire.RollbackLearningRateFactor : defaults.RollbackLearningRateFactor,
            MaxRollbacks = wire.HasMaxRollbacks ? wire.MaxRollbacks : defaults.MaxRollbacks,
        };
    }

    public static Wire.GuardianSettings Write(GuardianConfig config) => new()
    {
        NonFinite = WriteRule(config.NonFinite),
        KlBlowUp = WriteRule(config.KlBlowUp),
        EntropyCollapse = WriteRule(config.EntropyCollapse),
        LengthExplosion = WriteRule(config.LengthExplosion),
        NoLearningSignal = WriteRule(config.NoLearningSignal),
        ConstantReward = WriteRule(config.ConstantReward),
        SamplerMismatch = WriteRule(config.SamplerMismatch),
        RollbackLearningRateFactor = config.RollbackLearningRateFactor,
        MaxRollbacks = config.MaxRollbacks,
    };

    private static GuardianRuleConfig ReadRule(Wire.GuardianRule? wire, GuardianRuleConfig defaults, SpecReader reader) => wire is null ? defaults : new GuardianRuleConfig
    {
        Threshold = wire.HasThreshold ? wire.Threshold : defaults.Threshold,
        Patience = wire.HasPatience ? wire.Patience : defaults.Patience,
        Action = reader.Enum(wire.HasAction, wire.Action, defaults.Action, "action"),
    };

    private static Wire.GuardianRule WriteRule(GuardianRuleConfig rule)
    {
        var wire = new Wire.GuardianRule { Patience = rule.Patience, Action = EnumNames.ToWire<GuardianAction, Wire.GuardianAction>(rule.Action) };
        if (rule.Threshold is { } threshold)
        {
            wire.Threshold = threshold;
        }

        return wire;
    }
}
