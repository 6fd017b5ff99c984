namespace AlignService.Specs.Rewards.Answers;

/// <summary>1 if the last number in the completion equals the number in the prompt's answer, else 0.</summary>
public sealed record NumberMatchConfig : RewardConfig
{
    /// <summary>Largest absolute difference that still counts as equal; 0 or more.</summary>
    public double Tolerance { get; init; } = 1e-6;
}
