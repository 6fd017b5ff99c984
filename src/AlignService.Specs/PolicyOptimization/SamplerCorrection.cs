namespace AlignService.Specs.PolicyOptimization;

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
