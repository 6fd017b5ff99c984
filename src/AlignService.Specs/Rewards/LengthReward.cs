using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;

namespace AlignService.Specs.Rewards;

/// <summary>A linear function of the completion's length in tokens.</summary>
public sealed record LengthConfig : RewardConfig
{
    /// <summary>Tokens at which <see cref="AtMax"/> is reached; null is the job's max_completion_length.</summary>
    [Setting(Min = 1, Unit = "{token}")]
    public int? MaxTokens { get; init; }

    /// <summary>Score of an empty completion.</summary>
    [Setting]
    public double AtZero { get; init; }

    /// <summary>Score at <see cref="MaxTokens"/> and beyond.</summary>
    [Setting]
    public double AtMax { get; init; } = -1;

    internal override IReward Create(RewardSetup setup) => new LengthReward(this, setup.MaxCompletionLength);
}

/// <summary>A linear function of the completion's length in tokens.</summary>
/// <param name="config">Scores at both ends.</param>
/// <param name="maxCompletionLength">Tokens at which the far end is reached where the configuration does not say.</param>
public sealed class LengthReward(LengthConfig config, int maxCompletionLength) : IReward
{
    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) => [.. requests.Select(Score)];

    private RewardScore Score(ScoringRequest request)
    {
        double share = Math.Min(1, request.TokenCount / (double)(config.MaxTokens ?? maxCompletionLength));
        return RewardScore.Of(config.AtZero + share * (config.AtMax - config.AtZero));
    }
}
