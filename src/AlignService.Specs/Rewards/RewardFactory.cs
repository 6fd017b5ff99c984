using AlignService.Specs.Rewards.Remote;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Text.Tokenization;

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
            made[config.Name] = !asked.Contains(config.Name) ? reward : reward is IRemoteReward remote ? new RememberedRemoteReward(remote) : new RememberedReward(reward);
        }

        foreach (RewardConfig config in configs.Where(config => config.AskedSource is not null))
        {
            made[config.Name] = config.Create(setup with { Asked = made.GetValueOrDefault(config.AskedSource!) });
        }

        return new([.. configs.Select(config => new RewardSource(config.Name, config.Weight, made[config.Name]))], setup.Time);
    }
}

/// <summary>What reward sources need from their job.</summary>
public sealed record RewardSetup
{
    /// <summary>Tokens.</summary>
    public required int MaxCompletionLength { get; init; }

    /// <summary>Finds the tokens at which segments of completions end; null where nobody needs it.</summary>
    public required Tokenizer? PolicyTokenizer { get; init; }

    /// <summary>Loads sources that are models.</summary>
    public required IModelRewards Models { get; init; }

    /// <summary>Measures the latency of each source.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>For sources outside the worker.</summary>
    public RemoteSetup Remote { get; init; } = new();

    /// <summary>The source that a reward uses (<see cref="RewardConfig.AskedSource"/>); null where it uses none, or it does not exist.</summary>
    internal IReward? Asked { get; init; }

    /// <exception cref="RewardException">There is none.</exception>
    internal Tokenizer SegmentTokenizer => PolicyTokenizer ?? throw new RewardException("the reward scores segments, so it needs the policy's tokenizer, and none is given.");
}
