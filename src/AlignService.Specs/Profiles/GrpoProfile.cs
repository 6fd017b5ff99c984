namespace AlignService.Specs.Profiles;

/// <summary>A named full set of values, which a job overrides field by field (algorithms.md, section 9).</summary>
public enum GrpoProfile
{
    /// <summary>DeepSeekMath, arXiv:2402.03300.</summary>
    Grpo,

    /// <summary>The defaults of TRL 1.16.</summary>
    Trl,

    /// <summary>arXiv:2503.14476.</summary>
    Dapo,

    /// <summary>arXiv:2503.20783.</summary>
    DrGrpo,

    /// <summary>arXiv:2507.18071.</summary>
    Gspo,

    /// <summary>arXiv:2506.13585.</summary>
    Cispo,

    /// <summary>arXiv:2402.14740.</summary>
    Rloo,

    /// <summary>With a critic; arXiv:1707.06347.</summary>
    Ppo,

    /// <summary>A natural gradient under a KL bound; arXiv:1502.05477.</summary>
    TrustRegion,
}
