using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>A reward by the name of its metrics, with its weight.</summary>
/// <param name="Name">Unique within the job.</param>
/// <param name="Weight">Factor of its score; 0 is reported, but teaches nothing.</param>
/// <param name="Reward">Who scores.</param>
public sealed record RewardSource(string Name, double Weight, IReward Reward);
