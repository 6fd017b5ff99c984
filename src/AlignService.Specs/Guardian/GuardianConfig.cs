using AlignService.Specs.Binding;

namespace AlignService.Specs.Guardian;

/// <summary>The rules that watch a run, each with its default.</summary>
public sealed record GuardianConfig
{
    /// <summary>Updates whose gradient is NaN or infinite. Such an update is never applied, whatever the action; the patience counts updates.</summary>
    [Settings("non_finite")]
    public GuardianRuleConfig NonFinite { get; init; } = new() { Patience = 3, Action = GuardianAction.Fail };

    /// <summary>policy/kl above the threshold, in nats per token.</summary>
    [Settings("kl_blow_up", Needs = Need.KlReported)]
    public GuardianRuleConfig KlBlowUp { get; init; } = new() { Threshold = 1, Patience = 3 };

    /// <summary>policy/entropy below this share of the first step's.</summary>
    [Settings("entropy_collapse")]
    public GuardianRuleConfig EntropyCollapse { get; init; } = new() { Threshold = 0.05, Patience = 5 };

    /// <summary>completions/mean_length above this multiple of the first step's.</summary>
    [Settings("length_explosion")]
    public GuardianRuleConfig LengthExplosion { get; init; } = new() { Threshold = 3, Patience = 3 };

    /// <summary>reward/zero_std_fraction at the threshold or above: a share of groups whose rewards are all equal.</summary>
    [Settings("no_learning_signal", Needs = Need.Groups)]
    public GuardianRuleConfig NoLearningSignal { get; init; } = new() { Threshold = 1, Patience = 3 };

    /// <summary>reward/{source}/std at the threshold or below, source by source.</summary>
    [Settings("constant_reward")]
    public GuardianRuleConfig ConstantReward { get; init; } = new() { Threshold = 0, Patience = 5 };

    /// <summary>reward/{source}/missing_fraction at the threshold or above, source by source: a source that gives no scores teaches nothing, whatever the job reports.</summary>
    [Settings("missing_scores")]
    public GuardianRuleConfig MissingScores { get; init; } = new() { Threshold = 1, Patience = 3, Action = GuardianAction.Fail };

    /// <summary>sampler/logprob_difference_mean above the threshold, in nats.</summary>
    [Settings("sampler_mismatch")]
    public GuardianRuleConfig SamplerMismatch { get; init; } = new() { Threshold = 0.05 };

    /// <summary>Factor of the learning rate at each rollback; in (0, 1).</summary>
    [Setting(Above = 0, Below = 1, Why = "the learning rate is multiplied by it at each rollback", Needs = Need.Rollback)]
    public double RollbackLearningRateFactor { get; init; } = 0.5;

    /// <summary>Rollbacks before the job fails instead; 1 or more.</summary>
    [Setting(Min = 1, Needs = Need.Rollback)]
    public int MaxRollbacks { get; init; } = 3;

    /// <summary>All rules.</summary>
    public IEnumerable<GuardianRuleConfig> Rules => [NonFinite, KlBlowUp, EntropyCollapse, LengthExplosion, NoLearningSignal, ConstantReward, MissingScores, SamplerMismatch];
}

/// <summary>When a guardian rule triggers, and what happens then.</summary>
public sealed record GuardianRuleConfig
{
    /// <summary>The bound, in the rule's unit; null for a rule without one.</summary>
    [Setting]
    public double? Threshold { get; init; }

    /// <summary>Steps in a row beyond the bound before the rule triggers; 1 or more.</summary>
    [Setting(Min = 1, Unit = "{step}")]
    public int Patience { get; init; } = 1;

    [Setting]
    public GuardianAction Action { get; init; } = GuardianAction.Warn;
}

/// <summary>What happens when a guardian rule triggers.</summary>
public enum GuardianAction
{
    /// <summary>The rule is off.</summary>
    Off,

    /// <summary>A finding, once per streak.</summary>
    Warn,

    /// <summary>The step's update is skipped; for rules whose numbers are known before it.</summary>
    SkipStep,

    /// <summary>The job continues from its last checkpoint at a lower learning rate.</summary>
    RollBack,

    /// <summary>The job is paused until a user resumes it.</summary>
    Pause,

    /// <summary>The job fails.</summary>
    Fail,
}
