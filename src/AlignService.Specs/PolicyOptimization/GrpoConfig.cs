using System.Text.Json.Serialization;
using AlignService.Specs.Binding;
using AlignService.Specs.Guardian;
using AlignService.Specs.Settings;

namespace AlignService.Specs.PolicyOptimization;

/// <summary>The settings of a GRPO run: the profile `grpo` of algorithms.md unless overridden.</summary>
public sealed record GrpoConfig
{
    /// <summary>Rollout phases; 1 or more.</summary>
    [Setting("steps", Min = 1, Unit = "{step}", Aliases = "max_steps total_training_steps num_steps")]
    public int StepCount { get; init; } = 100;

    /// <summary>Prompts of one step; 1 or more.</summary>
    [Setting(Min = 1, Unit = "{prompt}", Aliases = "train_batch_size rollout_batch_size generation_batch_size per_device_train_batch_size batch_size")]
    public int PromptsPerStep { get; init; } = 8;

    /// <summary>Completions per prompt (G); 2 or more, or 1 without group statistics.</summary>
    [Setting(Min = 1, Unit = "{completion}", Aliases = "num_generations n_samples_per_prompt rollout_n n")]
    public int GroupSize { get; init; } = 8;

    /// <summary>Passes over a step's rollouts; 1 or more.</summary>
    [Setting("epochs", Min = 1, Aliases = "num_iterations ppo_epochs max_epochs num_ppo_epochs mu")]
    public int EpochCount { get; init; } = 1;

    /// <summary>Optimizer steps per epoch; 1 to the number of rollouts.</summary>
    [Setting("minibatches", Min = 1, Aliases = "num_mini_batches steps_per_generation")]
    public int MinibatchCount { get; init; } = 1;

    /// <summary>Completions in one forward pass; null is chosen from memory. Any value gives the same gradient, except for an adapter's dropout.</summary>
    [Setting(Min = 1, ZeroIsOff = true, Unit = "{completion}", Aliases = "micro_train_batch_size ppo_micro_batch_size_per_gpu")]
    public int? MicroBatchSize { get; init; }

    [Setting(Aliases = "adv_estimator advantage_estimator scale_rewards")]
    public AdvantageKind Advantage { get; init; } = AdvantageKind.GroupStd;

    /// <summary>Added to the standard deviation; 0 or more.</summary>
    [Setting(Min = 0, Needs = Need.Deviation)]
    public double AdvantageEpsilon { get; init; } = 1e-4;

    /// <summary>PPO's critic; null unless <see cref="Advantage"/> is <see cref="AdvantageKind.Critic"/>.</summary>
    [Settings("../critic")]
    public CriticConfig? Critic { get; init; }

    [Setting]
    public PartialScores PartialScores { get; init; } = PartialScores.Sum;

    [Settings(".")]
    public GrpoLossConfig Loss { get; init; } = new();

    /// <summary>Report policy/kl although the KL coefficient is 0.</summary>
    [Setting]
    public bool ReportKl { get; init; }

    /// <summary>Null is off: the coefficient is constant.</summary>
    [Settings("adaptive_kl", Aliases = "kl_ctrl adap_kl_ctrl")]
    public AdaptiveKlConfig? AdaptiveKl { get; init; }

    /// <summary>The epoch loop ends when the mean KL to the old policy passes this, in nats; null is off.</summary>
    [Setting(Above = 0, ZeroIsOff = true, Unit = "{nat}", Aliases = "target_kl early_stop_kl")]
    public double? KlStop { get; init; }

    /// <summary>Null unless the objective is <see cref="Objective.NaturalGradient"/>.</summary>
    [Settings("trust_region")]
    public TrustRegionConfig? TrustRegion { get; init; }

    /// <summary>Steps between refreshes of the reference; null is off.</summary>
    [Setting(Min = 1, ZeroIsOff = true, Unit = "{step}", Needs = Need.Reference, Aliases = "ref_model_sync_steps sync_ref_model")]
    public int? ReferenceSyncSteps { get; init; }

    /// <summary>Share of the policy in a refreshed reference; in (0, 1].</summary>
    [Setting(Above = 0, Max = 1, Needs = Need.ReferenceSync, Aliases = "ref_model_mixup_alpha")]
    public double ReferenceSyncAlpha { get; init; } = 0.6;

    /// <summary>Keep sampling new prompts until the batch is full of groups whose completions differ in advantage.</summary>
    [Setting(Aliases = "filter_groups dynamic_filtering")]
    public bool DynamicSampling { get; init; }

    /// <summary>Rounds of dynamic sampling in one step; 1 or more.</summary>
    [Setting(Min = 1, Max = 10_000, Needs = Need.DynamicSampling, Aliases = "max_num_gen_batches")]
    public int MaxSamplingRounds { get; init; } = 8;

    /// <summary>Truncated completions are excluded from the loss; their rewards stay in the group's statistics.</summary>
    [Setting(Aliases = "mask_truncated_completions overlong_filter")]
    public bool MaskTruncated { get; init; }

    /// <summary>Tokens before the limit over which DAPO's soft overlong penalty falls from 0 to -1; null is off.</summary>
    [Setting(Min = 1, ZeroIsOff = true, Unit = "{token}", Aliases = "soft_punish_cache overlong_buffer")]
    public int? SoftOverlongCache { get; init; }

    /// <summary>A control run: rewards are permuted over all completions of a step, so only noise can be learned.</summary>
    [Setting]
    public bool ShuffleRewards { get; init; }

    [Settings("../sampling")]
    public SamplingConfig Sampling { get; init; } = new();

    /// <summary>Tokens; null is what the context has room for besides the completion.</summary>
    [Setting("../sampling/max_prompt_length", Min = 1, ZeroIsOff = true, Unit = "{token}", Aliases = "prompt_max_len")]
    public int? MaxPromptLength { get; init; }

    [Setting("../sampling/overlong_prompts", Aliases = "filter_overlong_prompts truncation")]
    public OverlongPrompts OverlongPrompts { get; init; } = OverlongPrompts.Refuse;

    /// <summary>Allow top-k, top-p, min-p and repetition penalty in rollouts, although they bias the ratio.</summary>
    [Setting("../sampling/allow_truncated_sampling")]
    public bool AllowTruncatedSampling { get; init; }

    /// <summary>Train a low-rank adapter over frozen weights; null is all weights.</summary>
    [Settings("../adapter", Aliases = "peft_config peft lora")]
    public PolicyAdapterConfig? Adapter { get; init; }

    [Settings("../optimizer", Aliases = "optim")]
    public OptimizerConfig Optimizer { get; init; } = new();

    [Settings("../memory")]
    public MemoryConfig Memory { get; init; } = new();

    /// <summary>The rules that watch every step.</summary>
    [Settings("../guardian")]
    public GuardianConfig Guardian { get; init; } = new();

    /// <summary>Key of every random stream of the run.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether a run needs a reference model.</summary>
    [JsonIgnore]
    public bool NeedsReference => Loss.KlCoefficient != 0 || ReportKl;
}

/// <summary>How the rewards of a group become advantages.</summary>
public enum AdvantageKind
{
    /// <summary>(r - group mean) / (group std + eps): GRPO, arXiv:2402.03300.</summary>
    GroupStd,

    /// <summary>(r - group mean) / (std of all rewards of the batch + eps).</summary>
    BatchStd,

    /// <summary>r - group mean: Dr. GRPO, arXiv:2503.20783.</summary>
    MeanCentered,

    /// <summary>r - mean of the group's other rewards: RLOO, arXiv:2402.14740.</summary>
    LeaveOneOut,

    /// <summary>Each source normalized in its group, weighted, summed, then whitened over the batch: GDPO.</summary>
    NormalizeThenSum,

    /// <summary>Generalized advantage estimation against a critic's values: PPO, arXiv:1707.06347, arXiv:1506.02438.</summary>
    Critic,

    /// <summary>Scores of segments, normalized over all segments of the group: process supervision, arXiv:2402.03300, section 4.1.3.</summary>
    Process,
}

/// <summary>What is known of a kind wherever it is named.</summary>
internal static class AdvantageKinds
{
    /// <summary>Whether it divides by a standard deviation, and so reads advantage_epsilon.</summary>
    public static bool DividesByDeviation(this AdvantageKind kind) => kind is AdvantageKind.GroupStd or AdvantageKind.BatchStd or AdvantageKind.NormalizeThenSum or AdvantageKind.Process;
}

/// <summary>What happens to a completion that not every reward source scored.</summary>
public enum PartialScores
{
    /// <summary>The sources that scored are summed, and an event says that one is missing.</summary>
    Sum,

    /// <summary>The row is excluded from every mean and std and gets advantage 0.</summary>
    ExcludeRow,
}
