namespace AlignService.Specs.PolicyOptimization;

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
