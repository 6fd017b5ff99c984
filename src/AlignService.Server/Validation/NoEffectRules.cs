using AlignService.Server.Mapping;
using AlignService.Specs.Guardian;
using AlignService.Specs.JobKinds;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Profiles;
using AlignService.Specs.Rewards;
using AlignService.Specs.Rewards.Models;
using AlignService.Specs.Rewards.Scripts;
using AlignService.Specs.Settings;

namespace AlignService.Server.Validation;

/// <summary>Warns of settings that were changed from the profile's but that nothing in the job reads: whoever sets one expects something of it.</summary>
internal static class NoEffectRules
{
    public static void Check(GrpoJob job, FaultList faults, string path)
    {
        GrpoConfig profile = GrpoProfiles.Create(job.Profile);
        CheckAlgorithm(job.Config, profile, new RangeCheck(faults, $"{path}.algorithm"));
        CheckOptimizer(job.Config, profile, new RangeCheck(faults, $"{path}.optimizer"));
        CheckGuardian(job.Config, new RangeCheck(faults, $"{path}.guardian"));
        CheckModels(job, new RangeCheck(faults, path));
        CheckSteps(job, faults, path);
    }

    private static void CheckAlgorithm(GrpoConfig config, GrpoConfig profile, RangeCheck range)
    {
        GrpoLossConfig loss = config.Loss, usual = profile.Loss;
        bool hasReference = config.NeedsReference;
        bool clips = loss.Objective is Objective.Clipped || loss is { Objective: Objective.Cispo, CispoAbsoluteMax: null };
        string objective = $"objective {EnumNames.Spelled(loss.Objective)} does not clip the ratio so";
        (string Field, bool IsSet, bool IsRead, string Why)[] knobs =
        [
            ("advantage_epsilon", config.AdvantageEpsilon != profile.AdvantageEpsilon, config.Advantage is not (AdvantageKind.None or AdvantageKind.LeaveOneOut or AdvantageKind.Critic), $"advantage {EnumNames.Spelled(config.Advantage)} divides by no deviation"),
            ("ratio_level", loss.RatioLevel != usual.RatioLevel, loss.Objective != Objective.Reinforce, "objective reinforce has no ratio"),
            ("clip_low", loss.ClipLow != usual.ClipLow, clips, objective),
            ("clip_high", loss.ClipHigh != usual.ClipHigh, clips, objective),
            ("kl_estimator", loss.KlEstimator != usual.KlEstimator, hasReference && loss.KlPlacement == KlPlacement.Loss, hasReference ? "kl_placement reward takes k1" : "with kl_coefficient 0 and without report_kl there is no reference model"),
            ("kl_placement", loss.KlPlacement != usual.KlPlacement, hasReference, "with kl_coefficient 0 and without report_kl there is no reference model"),
            ("reference_sync_alpha", config.ReferenceSyncAlpha != profile.ReferenceSyncAlpha, config.ReferenceSyncSteps is not null, "reference_sync_steps is off"),
            ("max_sampling_rounds", config.MaxSamplingRounds != profile.MaxSamplingRounds, config.DynamicSampling, "dynamic_sampling is off"),
            ("sampler_cap", loss.SamplerCap != usual.SamplerCap, loss.SamplerCorrection != SamplerCorrection.Off, "sampler_correction is off"),
        ];
        Warn(knobs, range);
    }

    /// <summary>A natural-gradient step goes as far as its trust region lets it.</summary>
    private static void CheckOptimizer(GrpoConfig config, GrpoConfig profile, RangeCheck range)
    {
        const string why = "a natural-gradient step has no optimiser; trust_region.max_kl says how far it goes";
        bool isRead = config.Loss.Objective != Objective.NaturalGradient;
        OptimizerConfig given = config.Optimizer, usual = profile.Optimizer;
        double usualRate = config.Adapter is null ? usual.LearningRate : OptimizerConfig.AdapterLearningRate;
        Warn(
            [
                ("learning_rate", given.LearningRate != usualRate, isRead, why),
                ("schedule", given.Schedule != usual.Schedule, isRead, why),
                ("warmup_steps", given.WarmupSteps != usual.WarmupSteps, isRead, why),
                ("beta1", given.Beta1 != usual.Beta1, isRead, why),
                ("beta2", given.Beta2 != usual.Beta2, isRead, why),
                ("epsilon", given.Epsilon != usual.Epsilon, isRead, why),
                ("weight_decay", given.WeightDecay != usual.WeightDecay, isRead, why),
                ("max_grad_norm", given.MaxGradNorm != usual.MaxGradNorm, isRead, why),
            ],
            range);
    }

    private static void CheckGuardian(GrpoConfig config, RangeCheck range)
    {
        GuardianConfig guardian = config.Guardian, usual = new();
        GuardianRuleConfig[] rules =
        [
            guardian.NonFinite, guardian.KlBlowUp, guardian.EntropyCollapse, guardian.LengthExplosion, guardian.NoLearningSignal, guardian.ConstantReward, guardian.SamplerMismatch,
        ];
        bool rollsBack = rules.Any(rule => rule.Action == GuardianAction.RollBack);
        Warn(
            [
                ("no_learning_signal", guardian.NoLearningSignal != usual.NoLearningSignal && guardian.NoLearningSignal.Action != GuardianAction.Off, config.GroupSize > 1, "with one completion a prompt no group can be flat"),
                ("rollback_learning_rate_factor", guardian.RollbackLearningRateFactor != usual.RollbackLearningRateFactor, rollsBack, "no rule has the action roll_back"),
                ("max_rollbacks", guardian.MaxRollbacks != usual.MaxRollbacks, rollsBack, "no rule has the action roll_back"),
            ],
            range);
    }

    private static void CheckModels(GrpoJob job, RangeCheck range)
    {
        bool hasReference = job.Config.NeedsReference;
        bool scoresByModel = job.Rewards.Any(reward => reward is RewardModelConfig or ProcessRewardModelConfig);
        bool holdsFrozen = scoresByModel || (hasReference && (job.Config.Adapter is null || job.ReferenceModel is not null));
        Warn(
            [
                ("reference_model", job.ReferenceModel is not null, hasReference, "with kl_coefficient 0 and without report_kl no reference model is loaded"),
                ("memory.frozen_dtype", job.Config.Memory.FrozenDtype != FrozenDtype.F32, holdsFrozen, "the job holds no frozen model beside the policy"),
                ("critic.value_coefficient", job.Config.Critic is { } critic && critic.ValueCoefficient != new CriticConfig().ValueCoefficient, job.Config.Critic?.LearningRate is null, "with critic.learning_rate the critic has an optimiser of its own"),
                ("evaluation.success_threshold", job.Evaluation.SuccessThreshold != 1, job.Evaluation.CountsSuccess, "neither pass_at nor success_source is set"),
                ("evaluation.stop_min_improvement", job.Evaluation.StopMinImprovement != 0, job.Evaluation.StopPatience is not null, "stop_patience is off"),
            ],
            range);
    }

    /// <summary>Process supervision needs sources that score steps.</summary>
    private static void CheckSteps(GrpoJob job, FaultList faults, string path)
    {
        if (job.Config.Advantage == AdvantageKind.Process && !job.Rewards.Any(ScoresSteps))
        {
            faults.Warn(
                $"{path}.algorithm.advantage",
                "it is process, but no reward scores steps, so every completion counts as one step; add a process_reward_model, or a java_script with step_delimiter or step_per_token.");
        }

        foreach ((RewardConfig reward, int place) in job.Rewards.Zip(RewardRules.Places(faults, $"{path}.rewards")))
        {
            if (reward is ProcessRewardModelConfig { StepToken: { } token } process && process.StepDelimiter != new ProcessRewardModelConfig { Name = "", Model = "" }.StepDelimiter)
            {
                faults.Warn($"{path}.rewards[{place}].process_reward_model.step_delimiter", $"it has no effect: step_token {token} ends the steps.");
            }
        }
    }

    private static bool ScoresSteps(RewardConfig reward) =>
        reward is ProcessRewardModelConfig or JavaScriptConfig { StepPerToken: true } or JavaScriptConfig { StepDelimiter: not null };

    private static void Warn((string Field, bool IsSet, bool IsRead, string Why)[] knobs, RangeCheck range)
    {
        foreach ((string field, _, _, string why) in knobs.Where(knob => knob is { IsSet: true, IsRead: false }))
        {
            range.Warn(field, $"it has no effect: {why}.");
        }
    }
}
