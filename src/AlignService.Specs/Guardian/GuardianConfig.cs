namespace AlignService.Specs.Guardian;

/// <summary>The rules that watch a run, each with its default.</summary>
public sealed record GuardianConfig
{
    /// <summary>Updates whose gradient is NaN or infinite. Such an update is never taken, whatever the action; the patience counts updates.</summary>
    public GuardianRuleConfig NonFinite { get; init; } = new() { Patience = 3, Action = GuardianAction.Fail };

    /// <summary>policy/kl above the threshold, in nats a token.</summary>
    public GuardianRuleConfig KlBlowUp { get; init; } = new() { Threshold = 1, Patience = 3 };

    /// <summary>policy/entropy below this share of the first step's.</summary>
    public GuardianRuleConfig EntropyCollapse { get; init; } = new() { Threshold = 0.05, Patience = 5 };

    /// <summary>completions/mean_length above this multiple of the first step's.</summary>
    public GuardianRuleConfig LengthExplosion { get; init; } = new() { Threshold = 3, Patience = 3 };

    /// <summary>reward/zero_std_fraction at the threshold or above: a share of groups whose rewards are all equal.</summary>
    public GuardianRuleConfig NoLearningSignal { get; init; } = new() { Threshold = 1, Patience = 3 };

    /// <summary>reward/{source}/std at the threshold or below, source by source.</summary>
    public GuardianRuleConfig ConstantReward { get; init; } = new() { Threshold = 0, Patience = 5 };

    /// <summary>sampler/logprob_difference_mean above the threshold, in nats.</summary>
    public GuardianRuleConfig SamplerMismatch { get; init; } = new() { Threshold = 0.05 };

    /// <summary>What the learning rate is multiplied with at each rollback; in (0, 1).</summary>
    public double RollbackLearningRateFactor { get; init; } = 0.5;

    /// <summary>Rollbacks before the job fails instead; 1 or more.</summary>
    public int MaxRollbacks { get; init; } = 3;
}
