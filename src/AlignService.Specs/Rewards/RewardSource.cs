using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>A reward with its name and weight.</summary>
/// <param name="Name">Unique within the job.</param>
/// <param name="Weight">Factor of its score; 0 is reported, but not trained on.</param>
/// <param name="Reward">The scorer.</param>
public sealed record RewardSource(string Name, double Weight, IReward Reward);
