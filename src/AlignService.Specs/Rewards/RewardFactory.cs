using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>Creates the reward sources of a job.</summary>
public static class RewardFactory
{
    /// <param name="configs">One per source.</param>
    /// <param name="setup">What they need of the job.</param>
    /// <exception cref="AlignException">A source cannot be set up.</exception>
    public static RewardSet Create(IReadOnlyList<RewardConfig> configs, RewardSetup setup)
    {
        // Sources that others ask are made first, and remember what they said.
        HashSet<string> asked = [.. configs.Select(config => config.AskedSource).OfType<string>()];
        Dictionary<string, IReward> made = [];
        foreach (RewardConfig config in configs.Where(config => config.AskedSource is null))
        {
            IReward reward = config.Create(setup);
            made[config.Name] = asked.Contains(config.Name) ? new RememberedReward(reward) : reward;
        }

        foreach (RewardConfig config in configs.Where(config => config.AskedSource is not null))
        {
            made[config.Name] = config.Create(setup with { Asked = made.GetValueOrDefault(config.AskedSource!) });
        }

        return new([.. configs.Select(config => new RewardSource(config.Name, config.Weight, made[config.Name]))], setup.Time);
    }
}
