using AlignService.Specs.Rewards.Scoring;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Rewards;

/// <summary>What reward sources need from their job.</summary>
public sealed record RewardSetup
{
    /// <summary>Tokens.</summary>
    public required int MaxCompletionLength { get; init; }

    /// <summary>Finds the tokens at which segments of completions end.</summary>
    public required Tokenizer PolicyTokenizer { get; init; }

    /// <summary>Loads sources that are models.</summary>
    public required IModelRewards Models { get; init; }

    /// <summary>Measures the latency of each source.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The source that a reward uses (<see cref="RewardConfig.AskedSource"/>); null where it uses none, or it does not exist.</summary>
    internal IReward? Asked { get; init; }
}
