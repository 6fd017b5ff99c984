using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Settings;

namespace AlignService.Server.Validation;

/// <summary>Which memory settings make sense together with the rest of a job.</summary>
internal static class MemoryRules
{
    public static void Check(GrpoConfig config, FaultList faults, string path)
    {
        if (config.Memory.FrozenDtype == FrozenDtype.BF16 && config.ReferenceSyncSteps is { } steps && config.NeedsReference)
        {
            faults.Add(
                $"{path}.frozen_dtype",
                $"it is bf16, and reference_sync_steps is {steps}: a reference in bfloat16 (8 bits of precision) would lose the small moves of the policy at every refresh. "
                + "Leave frozen_dtype at f32, or reference_sync_steps at 0.");
        }

        if (config is { Memory.PolicyDtype: PolicyDtype.BF16, Loss.Objective: Objective.NaturalGradient })
        {
            faults.Add(
                $"{path}.policy_dtype",
                "it is bf16, and the objective is natural_gradient (profile trust_region), which moves the parameters themselves: in bfloat16 (8 bits of precision) small moves would be lost. "
                + "Leave policy_dtype at f32, or take another objective.");
        }

        if (config is { Memory.ActivationCheckpointing: true, Loss.Objective: Objective.NaturalGradient })
        {
            faults.Warn($"{path}.activation_checkpointing", "it has no effect: a natural-gradient step needs second derivatives, which checkpointed blocks do not have.");
        }
    }

    /// <summary>Warns where a job loads no model but the one that it trains.</summary>
    public static void WarnWithoutFrozen(MemoryConfig memory, FaultList faults, string path)
    {
        if (memory.FrozenDtype != FrozenDtype.F32)
        {
            faults.Warn($"{path}.memory.frozen_dtype", "it has no effect: the job holds no frozen model beside the one that it trains.");
        }
    }

    /// <summary>Warns where a frozen model's file has more precision than it will be held in.</summary>
    /// <param name="model">The frozen model, as far as it can be looked at already.</param>
    /// <param name="memory">Of the job.</param>
    /// <param name="faults">Takes the warning.</param>
    /// <param name="field">The model's.</param>
    public static void WarnOfRounding(ModelFolder? model, MemoryConfig memory, FaultList faults, string field)
    {
        if (memory.FrozenDtype == FrozenDtype.BF16 && model is { StoredDtype: not "bfloat16" })
        {
            faults.Warn(field, $"the weights are stored as {model.StoredDtype}, and frozen_dtype bf16 rounds them: what this model says will differ a little from its file's.");
        }
    }
}
