using AlignService.Specs.Binding;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards;

/// <summary>DAPO's soft overlong penalty as a reward source (arXiv:2503.14476).</summary>
public sealed record OverlongConfig : RewardConfig
{
    /// <summary>Tokens at which the penalty is -1; null is the job's max_completion_length.</summary>
    [Setting(Min = 1, Unit = "{token}")]
    public int? MaxTokens { get; init; }

    /// <summary>Tokens before <see cref="MaxTokens"/> over which it falls; null is a fifth of them.</summary>
    [Setting(Min = 0, Unit = "{token}")]
    public int? Cache { get; init; }

    internal override IReward Create(RewardSetup setup) => new OverlongReward(this, setup.MaxCompletionLength);

    internal override void Check(FieldViolations violations, IReadOnlyList<RewardConfig> all, CancellationToken cancellationToken)
    {
        if (this is { MaxTokens: { } most, Cache: { } cache } && cache > most)
        {
            violations.Add("cache", $"it is {cache}, but max_tokens is {most}; it must be at most that.", ViolationCode.OutOfRange);
        }
    }
}

/// <summary>DAPO's soft overlong penalty as a reward source (arXiv:2503.14476).</summary>
/// <param name="config">Where it begins and ends.</param>
/// <param name="maxCompletionLength">Tokens at which it ends where the configuration does not say.</param>
public sealed class OverlongReward(OverlongConfig config, int maxCompletionLength) : IReward
{
    private readonly int _maxTokens = config.MaxTokens ?? maxCompletionLength;

    public IReadOnlyList<RewardScore> Score(IReadOnlyList<ScoringRequest> requests, CancellationToken cancellationToken) =>
        [.. requests.Select(request => RewardScore.Of(SoftOverlongPenalty.Of(request.TokenCount, _maxTokens, config.Cache ?? SoftOverlongPenalty.DefaultCache(_maxTokens))))];
}
