namespace AlignService.Specs.Rewards.Answers;

/// <summary>1 if the completion's text equals the prompt's answer, else 0.</summary>
public sealed record ExactMatchConfig : RewardConfig
{
    /// <summary>Compare after removing white space at both ends.</summary>
    public bool Trim { get; init; } = true;

    public bool IgnoreCase { get; init; }
}
