namespace AlignService.Specs.Rewards;

/// <summary>A reward that cannot be set up as configured.</summary>
public sealed class RewardException(string message) : AlignException(message);
