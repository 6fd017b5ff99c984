using AlignService.Specs.Binding;

namespace AlignService.Specs.PolicyOptimization;

/// <summary>Everything that the loss of a minibatch depends on besides its tensors (algorithms.md, sections 3 to 5).</summary>
public sealed record GrpoLossConfig
{
    [Setting(Aliases = "loss_type policy_loss loss_mode")]
    public Objective Objective { get; init; } = Objective.Clipped;

    [Setting(Needs = Need.Ratio, Aliases = "importance_sampling_level")]
    public RatioLevel RatioLevel { get; init; } = RatioLevel.Token;

    [Setting(Aliases = "loss_agg_mode")]
    public Aggregation Aggregation { get; init; } = Aggregation.SequenceMean;

    /// <summary>The ratio is clipped at 1 - ClipLow; in [0, 1].</summary>
    [Setting(Min = 0, Max = 1, Needs = Need.ClippedRatio, Aliases = "epsilon cliprange clip_ratio clip_ratio_low eps_clip clip_eps clip_epsilon")]
    public double ClipLow { get; init; } = 0.2;

    /// <summary>The ratio is clipped at 1 + ClipHigh; 0 or more.</summary>
    [Setting(Min = 0, Needs = Need.ClippedRatio, Aliases = "epsilon_high clip_ratio_high eps_clip_high")]
    public double ClipHigh { get; init; } = 0.2;

    /// <summary>Upper bound of the ratio in the unclipped branch (INTELLECT-2); null is off.</summary>
    [Setting(Above = 0, ZeroIsOff = true, Needs = Need.ClippedObjective, Aliases = "delta")]
    public double? RatioCap { get; init; }

    /// <summary>Bound c of the loss where the advantage is negative (arXiv:1912.09729); null is off.</summary>
    [Setting(Above = 0, ZeroIsOff = true, Needs = Need.ClippedObjective, Aliases = "clip_ratio_c")]
    public double? DualClip { get; init; }

    /// <summary>CISPO's absolute upper bound, instead of both clip bounds; null is off.</summary>
    [Setting(Above = 0, ZeroIsOff = true, Needs = Need.Cispo)]
    public double? CispoAbsoluteMax { get; init; }

    /// <summary>Weight of the KL term (beta); 0 or more.</summary>
    [Setting(Min = 0, UnusualAbove = 1, Usual = "values from 0 to 0.2 are common, and large ones keep the policy from changing", Aliases = "beta kl_coef kl_loss_coef init_kl_coef kl_coeff")]
    public double KlCoefficient { get; init; } = 0.04;

    [Setting(Needs = Need.KlInLoss, Aliases = "kl_loss_type kl_penalty")]
    public KlEstimator KlEstimator { get; init; } = KlEstimator.K3;

    [Setting(Needs = Need.Reference, Aliases = "use_kl_loss use_kl_in_reward")]
    public KlPlacement KlPlacement { get; init; } = KlPlacement.Loss;

    /// <summary>Weight of the entropy bonus; 0 is off.</summary>
    [Setting(Min = 0, Aliases = "entropy_coeff ent_coef entropy_coef")]
    public double EntropyCoefficient { get; init; }

    /// <summary>Share of tokens, those with the highest entropy, that have a policy loss (arXiv:2506.01939); in (0, 1], null is off.</summary>
    [Setting(Above = 0, Max = 1, ZeroIsOff = true, Aliases = "top_entropy_quantile")]
    public double? TopEntropyFraction { get; init; }

    /// <summary>Tokens; the denominator of <see cref="Aggregation.Constant"/>. Set from the sampling limit.</summary>
    public int MaxCompletionLength { get; init; } = 256;

    [Setting(Aliases = "vllm_importance_sampling_correction vllm_importance_sampling_mode tis")]
    public SamplerCorrection SamplerCorrection { get; init; } = SamplerCorrection.Off;

    /// <summary>Bound C of the sampler correction; 1 or more.</summary>
    [Setting(Min = 1, Needs = Need.SamplerCorrection, Aliases = "vllm_importance_sampling_cap tis_imp_ratio_cap")]
    public double SamplerCap { get; init; } = 2;
}

/// <summary>The policy loss of a token.</summary>
public enum Objective
{
    /// <summary>-min(ratio A, clamp(ratio) A): PPO, arXiv:1707.06347.</summary>
    Clipped,

    /// <summary>-stopgrad(clamp(ratio)) A log pi: arXiv:2506.13585.</summary>
    Cispo,

    /// <summary>-(4 / tau) sigmoid(tau (ratio - 1)) A, tau 1 for A > 0, else 1.05.</summary>
    Sapo,

    /// <summary>-A log pi.</summary>
    Reinforce,

    /// <summary>-ratio A, for a natural-gradient step that is limited by a bound on the KL instead of a clip: TRPO, arXiv:1502.05477.</summary>
    NaturalGradient,
}

/// <summary>The level of the probability ratio.</summary>
public enum RatioLevel
{
    /// <summary>One ratio per token.</summary>
    Token,

    /// <summary>One ratio per row, the exponential of its mean log ratio: GSPO, arXiv:2507.18071.</summary>
    Sequence,
}

/// <summary>How token losses become the loss of a minibatch. The denominator is always the whole minibatch's.</summary>
public enum Aggregation
{
    /// <summary>Mean over rows of each row's token mean: the GRPO paper.</summary>
    SequenceMean,

    /// <summary>Mean over all completion tokens: DAPO, arXiv:2503.14476.</summary>
    TokenMean,

    /// <summary>Sum over (rows * max completion length): Dr. GRPO.</summary>
    Constant,

    /// <summary>Mean over rows of each row's token sum.</summary>
    TokenSum,
}

/// <summary>Estimators of KL(policy || reference) per token, with d = log pi_ref - log pi.</summary>
public enum KlEstimator
{
    /// <summary>-d.</summary>
    K1,

    /// <summary>d^2 / 2.</summary>
    K2,

    /// <summary>e^d - d - 1: never negative.</summary>
    K3,

    /// <summary>ratio * k3: DeepSeek-V3.2.</summary>
    K3Ratio,

    /// <summary>The value of k3 with the gradient of k2.</summary>
    K3Straight,
}

/// <summary>Where the KL term is applied.</summary>
public enum KlPlacement
{
    /// <summary>Added to the loss of every token: GRPO.</summary>
    Loss,

    /// <summary>Subtracted from the reward: PPO, RLOO.</summary>
    Reward,
}

/// <summary>Weight of a token that was sampled by a different engine than the trainer.</summary>
public enum SamplerCorrection
{
    /// <summary>1.</summary>
    Off,

    /// <summary>min(w, cap) per token, w = exp(log pi_old - log pi_sampler).</summary>
    Truncate,

    /// <summary>w inside [1 / cap, cap], else 0.</summary>
    Mask,

    /// <summary>w of the whole row; rows above the cap are excluded from the loss.</summary>
    SequenceMask,
}
