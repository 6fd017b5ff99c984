namespace AlignService.Specs.Rewards.Scoring;

/// <summary>A reward that cannot be set up as configured.</summary>
public sealed class RewardException(string message) : AlignException(message);
