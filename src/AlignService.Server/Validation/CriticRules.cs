using AlignService.Server.Mapping;
using AlignService.Specs.PolicyOptimization;

namespace AlignService.Server.Validation;

/// <summary>Bounds of PPO's critic, and what does not go together with advantages of tokens.</summary>
internal static class CriticRules
{
    /// <param name="config">The job's.</param>
    /// <param name="faults">Takes what is wrong.</param>
    /// <param name="path">Of the job; the critic stands below it.</param>
    public static void Check(GrpoConfig config, FaultList faults, string path)
    {
        var algorithm = new RangeCheck(faults, $"{path}.algorithm");
        if (config.Advantage == AdvantageKind.Process && config.Loss is { KlPlacement: KlPlacement.Reward, KlCoefficient: not 0 })
        {
            algorithm.Add("kl_placement", "it is reward, but advantage process reads the scores of steps, not one reward; set kl_placement to loss, or kl_coefficient to 0.");
        }

        if (config.Advantage == AdvantageKind.NormalizeThenSum && config.Loss is { KlPlacement: KlPlacement.Reward, KlCoefficient: not 0 })
        {
            algorithm.Add(
                "kl_placement",
                "it is reward, but advantage normalize_then_sum divides whatever is in the reward by its own deviation, so that kl_coefficient would count for nothing; set kl_placement to loss, or kl_coefficient to 0.");
        }

        if (config.Critic is not { } critic)
        {
            return;
        }

        if (config.Advantage != AdvantageKind.Critic)
        {
            faults.Add($"{path}.critic", $"advantage {EnumNames.Spelled(config.Advantage)} asks no critic; leave critic out, or set advantage to critic (profile ppo).");
            return;
        }

        CheckNumbers(critic, config.StepCount, new RangeCheck(faults, $"{path}.critic"));
        if (config is { GroupSize: 1, DynamicSampling: true })
        {
            algorithm.Add("dynamic_sampling", "it keeps groups whose rewards differ, and a group of 1 never does; set group_size to 2 or more, or leave dynamic_sampling out.");
        }
    }

    private static void CheckNumbers(CriticConfig critic, int stepCount, RangeCheck range)
    {
        range.Positive("learning_rate", critic.LearningRate);
        range.AtLeast("warmup_steps", critic.WarmupSteps, 0);
        range.Within("gae_lambda", critic.GaeLambda, 0, 1);
        range.Within("gamma", critic.Gamma, 0, 1);
        range.Positive("value_clip", critic.ValueClip);
        range.Positive("value_coefficient", critic.ValueCoefficient);
        if (critic is { WarmupSteps: > 0, LearningRate: null })
        {
            range.Add("warmup_steps", $"it is {critic.WarmupSteps}, but the critic shares the policy's optimiser and cannot learn alone; set critic.learning_rate, or leave warmup_steps out.");
        }
        else if (critic.WarmupSteps >= stepCount && stepCount > 0 && critic.WarmupSteps > 0)
        {
            range.Add("warmup_steps", $"it is {critic.WarmupSteps} of {stepCount} steps: the policy would never learn; it must be below {stepCount}.");
        }
    }
}
