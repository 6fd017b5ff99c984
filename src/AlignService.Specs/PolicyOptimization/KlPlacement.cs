namespace AlignService.Specs.PolicyOptimization;

/// <summary>Where the KL term is applied.</summary>
public enum KlPlacement
{
    /// <summary>Added to the loss of every token: GRPO.</summary>
    Loss,

    /// <summary>Subtracted from the reward: PPO, RLOO.</summary>
    Reward,
}
