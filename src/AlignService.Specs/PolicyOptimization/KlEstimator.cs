namespace AlignService.Specs.PolicyOptimization;

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
