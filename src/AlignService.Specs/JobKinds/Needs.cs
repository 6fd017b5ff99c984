using AlignService.Specs.Binding;
using AlignService.Specs.Guardian;
using AlignService.Specs.PolicyOptimization;
using AlignService.Specs.Rewards;
using AlignService.Specs.Settings;

namespace AlignService.Specs.JobKinds;

/// <summary>Whether a job has what a setting needs to be read.</summary>
internal static class Needs
{
    private const string NoReference = "with kl_coefficient 0 and without report_kl there is no reference model";
    private const string NoOptimizer = "a natural-gradient step has no optimizer; trust_region.max_kl limits its size";

    /// <summary>Why nothing reads such a setting, as a clause; null where something does.</summary>
    public static string? WhyUnread(Need need, JobKind job) => WhyUnread(need, job.Evaluation) ?? job switch
    {
        EvaluationJob evaluation => need == Need.Scores && evaluation.Rewards.Count == 0 ? "the job has no rewards" : null,
        GrpoJob grpo => WhyUnread(need, grpo) ?? WhyUnread(need, grpo.Config.Loss, grpo.Config),
        IExampleJob examples => WhyUnread(need, examples.Config, examples.HoldsFrozen),
        _ => null,
    };

    private static string? WhyUnread(Need need, EvaluationConfig evaluation) => need switch
    {
        Need.StopPatience when evaluation.StopPatience is null => "stop_patience is off",
        Need.Success when !evaluation.CountsSuccess => "neither pass_at nor success_source is set",
        _ => null,
    };

    private static string? WhyUnread(Need need, ExampleTrainingConfig config, bool holdsFrozen) => need switch
    {
        Need.Answers or Need.Success => "this kind of job reads held-out examples and does not sample answers",
        Need.FrozenModel when !holdsFrozen => "the job has no frozen model besides the one being trained",
        Need.Epochs when config.StepCount is { } steps => $"steps is {steps}, which overrides epochs",
        _ => null,
    };

    private static string? WhyUnread(Need need, GrpoJob job)
    {
        GrpoConfig config = job.Config;
        GuardianConfig guardian = config.Guardian;
        bool hasReference = config.NeedsReference;
        bool scoresByModel = job.Rewards.Any(reward => reward is RewardModelConfig or ProcessRewardModelConfig);
        return need switch
        {
            Need.Reference when !hasReference => NoReference,
            Need.ReferenceSync when config.ReferenceSyncSteps is null => "reference_sync_steps is off",
            Need.DynamicSampling when !config.DynamicSampling => "dynamic_sampling is off",
            Need.Deviation when !config.Advantage.DividesByDeviation() => $"advantage {EnumNames.Spelled(config.Advantage)} does not divide by a standard deviation",
            Need.SharedOptimizer when config.Critic?.LearningRate is not null => "with critic.learning_rate the critic has its own optimizer",
            Need.FrozenModel when !(scoresByModel || (hasReference && (config.Adapter is null || job.ReferenceModel is not null))) => "the job has no frozen model besides the policy",
            Need.KlReported when guardian.KlBlowUp.Action != GuardianAction.Off && !hasReference => "without a reference model there is no policy/kl. Set report_kl, or kl_coefficient above 0",
            Need.Groups when guardian.NoLearningSignal.Action != GuardianAction.Off && config.GroupSize <= 1 => "with one completion per prompt there are no group statistics",
            Need.Rollback when !guardian.Rules.Any(rule => rule.Action == GuardianAction.RollBack) => "no rule has the action roll_back",
            _ => null,
        };
    }

    private static string? WhyUnread(Need need, GrpoLossConfig loss, GrpoConfig config)
    {
        string objective = EnumNames.Spelled(loss.Objective);
        bool clips = loss.Objective == Objective.Clipped || loss is { Objective: Objective.Cispo, CispoAbsoluteMax: null };
        return need switch
        {
            Need.Ratio when loss.Objective == Objective.Reinforce => "objective reinforce has no ratio",
            Need.ClippedRatio when !clips => $"objective {objective} does not clip the ratio this way",
            Need.ClippedObjective when loss.Objective != Objective.Clipped => $"the objective is {objective}, not clipped",
            Need.Cispo when loss.Objective != Objective.Cispo => $"the objective is {objective}, not cispo",
            Need.KlInLoss when !config.NeedsReference => NoReference,
            Need.KlInLoss when loss.KlPlacement != KlPlacement.Loss => "kl_placement reward uses k1",
            Need.SamplerCorrection when loss.SamplerCorrection == SamplerCorrection.Off => "sampler_correction is off",
            Need.Optimizer when loss.Objective == Objective.NaturalGradient => NoOptimizer,
            Need.FirstDerivatives when loss.Objective == Objective.NaturalGradient => "a natural-gradient step needs second derivatives, which checkpointed blocks do not have",
            _ => null,
        };
    }
}
